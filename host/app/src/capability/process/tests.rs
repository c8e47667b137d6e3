//! With a real `sh`.

use std::future::pending;

use super::*;

fn sh(script: &str) -> Command {
    Command {
        program: "sh".to_owned(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        environment: vec![("GREETING".to_owned(), "hi".to_owned())],
        folder: None,
        attributes: Vec::new(),
    }
}

fn children() -> Children {
    Children::new(std::env::temp_dir())
}

async fn start(children: &mut Children, command: Command) -> u32 {
    match children.spawn(&command, &Payload::from("one\ntwo\n"), &[]).await.unwrap() {
        HostReply::Child(number) => number,
        other => panic!("{other:?}"),
    }
}

async fn all_lines(children: &mut Children, number: u32) -> Vec<(String, String)> {
    let mut all = Vec::new();
    loop {
        let HostReply::Lines(lines) = children.lines(number, 1_000, 10_000, pending()).await.unwrap() else {
            panic!("no lines")
        };
        if lines.is_empty() {
            return all;
        }
        all.extend(lines.into_iter().map(|line| (line.stream, line.text)));
    }
}

async fn exit(children: &mut Children, number: u32) -> Exit {
    match children.wait(number, 10_000, pending()).await.unwrap() {
        HostReply::Exit(Some(exit)) => exit,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_child_gets_what_it_was_given_and_nothing_else() {
    let mut children = children();
    let script = "cat; echo $GREETING; ls -A | wc -l; env | grep -c CARGO >&2; exit 3";
    let number = start(&mut children, sh(script)).await;
    let lines = all_lines(&mut children, number).await;
    let text = |stream: &str| {
        lines.iter().filter(|line| line.0 == stream).map(|line| line.1.trim()).collect::<Vec<_>>()
    };
    assert_eq!(text("stdout"), ["one", "two", "hi", "0"]);
    assert_eq!(text("stderr"), ["0"]);
    let exit = exit(&mut children, number).await;
    assert_eq!((exit.code, exit.signal), (Some(3), None));
}

#[tokio::test]
async fn a_killed_child_ends_by_a_signal_and_a_running_one_is_waited_for_in_vain() {
    let mut children = children();
    let number = start(&mut children, sh("exec sleep 60")).await;
    assert_eq!(children.wait(number, 20, pending()).await.unwrap(), HostReply::Exit(None));
    assert_eq!(children.lines(number, 5, 20, pending()).await.unwrap(), HostReply::Lines(Vec::new()));
    assert_eq!(children.kill(number).await.unwrap(), HostReply::Done);
    assert_eq!(exit(&mut children, number).await.signal, Some(15));
    assert_eq!(children.kill(number).await.unwrap(), HostReply::Done);
}

#[tokio::test]
async fn a_call_holds_few_children_and_lets_go_of_those_that_are_done() {
    let mut children = children();
    for _ in 0..CHILDREN_MAX {
        start(&mut children, sh("exit 0")).await;
    }
    for number in 1..=8 {
        exit(&mut children, number).await;
    }
    let refused = children.spawn(&sh("exit 0"), &Payload::default(), &[]).await.unwrap_err();
    assert_eq!(refused.code, "quota");
    assert!(all_lines(&mut children, 2).await.is_empty());
    assert_eq!(start(&mut children, sh("exit 1")).await, 9);
    // The one that was let go of is still known.
    assert_eq!(exit(&mut children, 2).await.code, Some(0));
    assert!(all_lines(&mut children, 2).await.is_empty());
    assert_eq!(exit(&mut children, 9).await.code, Some(1));
}

#[tokio::test]
async fn an_answer_is_cut_and_the_rest_comes_with_the_next() {
    let mut children = children();
    let number = start(
        &mut children,
        sh("i=0; while [ $i -lt 30 ]; do head -c 30000 /dev/zero | tr '\\0' x; echo; i=$((i+1)); done"),
    )
    .await;
    let mut sizes = Vec::new();
    loop {
        let HostReply::Lines(lines) = children.lines(number, 1_000, 10_000, pending()).await.unwrap() else {
            panic!("no lines")
        };
        if lines.is_empty() {
            break;
        }
        sizes.push(lines.iter().map(|line| line.text.len()).sum::<usize>());
    }
    assert_eq!(sizes.iter().sum::<usize>(), 900_000);
    assert!(sizes.iter().all(|size| *size < REPLY_BYTES + 64 * 1024), "{sizes:?}");
}

#[tokio::test]
async fn what_cannot_be_started_says_why() {
    let mut children = children();
    let mut code = async |command: Command| {
        children.spawn(&command, &Payload::default(), &[]).await.map(drop).unwrap_err().code
    };
    assert_eq!(code(Command { program: "no-such-program-here".to_owned(), ..sh("") }).await, "not-found");
    assert_eq!(code(Command { program: "./sh".to_owned(), ..sh("") }).await, "invalid");
    assert_eq!(code(Command { folder: Some("/no/such/folder".to_owned()), ..sh("") }).await, "invalid");
    assert_eq!(code(Command { folder: Some("tmp".to_owned()), ..sh("") }).await, "invalid");
    let variables = (0..300).map(|number| (format!("V{number}"), String::new())).collect();
    assert_eq!(code(Command { environment: variables, ..sh("") }).await, "invalid");
    assert_eq!(children.wait(7, 0, pending()).await.unwrap_err().code, "invalid");
}
