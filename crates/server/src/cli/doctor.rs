//! `raally doctor`

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::DataArgs;
use crate::doctor::{self, Finding, Verdict};

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    data: DataArgs,
}

/// Prints what is found; fails where something is wrong.
pub(crate) async fn run(args: DoctorArgs, file: Option<&Path>) -> ExitCode {
    let found = match args.data.config(file) {
        Ok(config) => doctor::examine(&config).await,
        Err(why) => vec![Finding {
            part: "configuration",
            verdict: Verdict::Wrong,
            said: why,
            advice: Some("`raally config` prints every setting".to_owned()),
        }],
    };
    for finding in &found {
        println!("{finding}");
    }
    let of = |verdict| found.iter().filter(|f| f.verdict == verdict).count();
    let (well, notices, wrong) = (of(Verdict::Well), of(Verdict::Notice), of(Verdict::Wrong));
    println!("{well} well, {notices} to know of, {wrong} wrong");
    match wrong {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
