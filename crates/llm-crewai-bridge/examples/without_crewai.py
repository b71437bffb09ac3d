"""The manager alone, without CrewAI: an answer, a stream, statistics, a test of every model.

python without_crewai.py [--config config/llm_settings.yaml]
"""

from __future__ import annotations

import argparse
import asyncio

from llm_crewai import LLMManager, LLMTestRunner


async def main(config: str) -> None:
    async with LLMManager(config) as manager:
        response = await manager.generate_response("Привет, как дела?")
        if response.success:
            print(f"Ответ: {response.content}")
            print(f"Модель: {response.model_name}")
            print(f"Время: {response.response_time:.2f}s")
        else:
            print(f"Никто не ответил: {response.error}")
        print(response.route())

        better = await manager.generate_response("Name a colour.", use_parallel=True)
        if better.judgement is not None:
            print(f"\nbest of two: {better.judgement.winner}, {better.judgement.reason}")

        print("\nstreamed: ", end="")
        async with manager.stream_response("Count to three.") as stream:
            async for chunk in stream:
                print(chunk, end="", flush=True)

        print("\n\nstatistics")
        for name, known in manager.get_performance_stats().items():
            print(f"  {name}: {known['success_count']} good, {known['error_count']} bad")

        runner = LLMTestRunner(manager, profile="smoke")
        await runner.test_all_models()
        print(f"\nworking models: {', '.join(runner.get_working_models())}")
        for name, seconds in runner.get_fastest_models()[:5]:
            print(f"  {name}: {seconds:.2f}s")
        print(f"report: {runner.export_results_markdown()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="config/llm_settings.yaml")
    asyncio.run(main(parser.parse_args().config))
