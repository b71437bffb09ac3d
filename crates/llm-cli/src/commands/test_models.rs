//! `test-models`: every model called, a report written.

use llm_core::{ModelRef, ModelRole};
use llm_manager::config;
use llm_testrunner::{Filter, LlmTestRunner, Report, ReportFormat, RunOptions, RunVerdict};

use super::{plan::show_plan, report_files::ReportFile};
use crate::{
    application::Context,
    arguments::{Export, FailOn, Format, Profile, Role, TestModels},
    environment,
    exit::Exit,
    failure::Failure,
    output::{self, Reporter, ResultStream, Terminal, blank},
    session::Session,
};

/// Tests the models and reports.
pub(crate) async fn test_models(
    arguments: &TestModels,
    context: &Context,
) -> Result<Exit, Failure> {
    let session = Session::open(arguments.config.as_deref(), arguments.sandbox, context)?;
    let named = arguments.models.iter().map(|name| session.resolve(name));
    let named = named.collect::<Result<Vec<ModelRef>, Failure>>()?;
    let options = options(arguments, &named, &session)?;
    let runner = LlmTestRunner::with_models(session.manager.clone(), &named).with_options(options);
    let plan = runner.plan();
    if plan.models.is_empty() {
        return Err(Failure::nothing_to_call(
            "error: nothing to test: no configured model has that name, provider and role",
        ));
    }
    // What cannot be written is known before anything is spent.
    let planned = files("", arguments, &session, context)?;
    let mut output = ResultStream::standard();
    if arguments.dry_run {
        show_plan(&plan, arguments.format, &mut output)?;
        return Ok(Exit::Done);
    }
    let is_callable = plan.models.iter().any(|model| model.skipped.is_none());
    if !is_callable {
        output::say(&session.nobody("test-models"));
        if arguments.format != Format::Json {
            return Ok(Exit::NothingToCall);
        }
    }
    if is_callable {
        planned.iter().try_for_each(ReportFile::check)?;
    }
    let terminal = Terminal::errors(&context.environment);
    let reporter = Reporter::new(arguments.progress, terminal);
    let report = runner.test_models(&reporter, context.interrupt.arrived()).await;
    reporter.finish();
    session.manager.save();

    show(&report, arguments.format, context, &mut output)?;
    if is_callable {
        for file in files(&report.run_id, arguments, &session, context)? {
            file.write(&report)?;
            if arguments.format == Format::Human {
                output.own(&format!("      Report {}\n", blank(&file.path.to_string_lossy())))?;
            }
        }
    }
    Ok(exit(&report))
}

fn options(
    arguments: &TestModels,
    named: &[ModelRef],
    session: &Session,
) -> Result<RunOptions, Failure> {
    for name in &arguments.provider {
        session.knows_provider(name)?;
    }
    let mut options = RunOptions::from_config(session.manager.config());
    options.filter = Filter {
        models: named.iter().map(ToString::to_string).collect(),
        providers: arguments.provider.clone(),
        roles: arguments.role.iter().map(|role| role_of(*role)).collect(),
    };
    options.sandbox = session.is_sandbox();
    options.repeats = arguments.repeats.or(options.repeats);
    options.concurrency = arguments.concurrency.unwrap_or(options.concurrency);
    options.timeout = arguments.timeout.unwrap_or(options.timeout);
    options.profile = match arguments.profile {
        Some(Profile::Smoke) => llm_testrunner::Profile::Smoke,
        Some(Profile::Standard) => llm_testrunner::Profile::Standard,
        None => options.profile,
    };
    options.fail_on = match arguments.fail_on {
        Some(FailOn::Any) => llm_testrunner::FailOn::Any,
        Some(FailOn::Primary) => llm_testrunner::FailOn::Primary,
        Some(FailOn::None) => llm_testrunner::FailOn::None,
        None => options.fail_on,
    };
    Ok(options)
}

fn role_of(role: Role) -> ModelRole {
    match role {
        Role::Primary => ModelRole::Primary,
        Role::Duplicate => ModelRole::Duplicate,
        Role::Reserve => ModelRole::Reserve,
        Role::Fallback => ModelRole::Fallback,
    }
}

/// Prints the result.
fn show(
    report: &Report,
    format: Format,
    context: &Context,
    output: &mut ResultStream,
) -> Result<(), Failure> {
    match format {
        Format::Human => {
            let terminal = Terminal::output(&context.environment);
            output.own(&report.render_table(terminal.style()))?;
        }
        Format::Json => {
            output.own(&report.render_json())?;
        }
        Format::Quiet => {}
    }
    output.end_line()
}

/// The reports that the settings and the command line ask for.
fn files(
    report_id: &str,
    arguments: &TestModels,
    session: &Session,
    context: &Context,
) -> Result<Vec<ReportFile>, Failure> {
    let settings = &session.manager.config().settings().report;
    let base = environment::report_dir(&context.environment);
    let mut folder = base.unwrap_or_else(|| settings.dir.clone());
    if session.is_sandbox() {
        // Simulated runs never stand among the user's.
        folder.push("sandbox");
    }
    folder.push(report_id);
    let mut files: Vec<ReportFile> = settings
        .formats
        .iter()
        .map(|format| match format {
            config::ReportFormat::Markdown => {
                ReportFile::in_folder(&folder, ReportFormat::Markdown)
            }
            config::ReportFormat::Json => ReportFile::in_folder(&folder, ReportFormat::Json),
        })
        .collect();
    for Export { format, path } in &arguments.export {
        let file = match path {
            Some(path) => ReportFile::at(path, *format)?,
            None => ReportFile::in_folder(&folder, *format),
        };
        if !files.contains(&file) {
            files.push(file);
        }
    }
    Ok(files)
}

fn exit(report: &Report) -> Exit {
    if report.partial {
        return Exit::Interrupted;
    }
    match report.verdict() {
        RunVerdict::Passed => Exit::Done,
        RunVerdict::NothingTested => Exit::NothingToCall,
        RunVerdict::Failed => Exit::NoAnswer,
    }
}
