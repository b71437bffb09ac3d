"""The manager as CrewAI's model object. Importing this needs CrewAI.

| file | concern |
|---|---|
| `model` | the model object, its fields and what CrewAI asks of it |
| `exchange` | one call from its first event to its last |
| `toolbox` | tools: what is sent of them, and running them |
| `window` | how much fits, and what to do when it does not |
| `errors` | what is raised, in words CrewAI does not misread |
| `route` | the event that tells the way to an answer |
"""
