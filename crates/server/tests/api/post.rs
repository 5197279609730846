//! A mail relay that keeps what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

pub struct ReceivedMail {
    pub to: String,
    /// Headers and text as they came, but for the text's encoding.
    pub text: String,
}

impl ReceivedMail {
    /// The token in a link to that page.
    pub fn token(&self, page: &str) -> String {
        let (_, rest) = self.text.split_once(page).unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

pub struct PostOffice {
    pub address: String,
    came: Receiver<ReceivedMail>,
}

impl PostOffice {
    pub fn open() -> PostOffice {
        PostOffice::stuck_at("")
    }

    /// One that does not go on where the recipient's address ends so.
    pub fn stuck_at(stuck: &'static str) -> PostOffice {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let (send, came) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let send = send.clone();
                std::thread::spawn(move || serve(stream.unwrap(), stuck, &send));
            }
        });
        PostOffice { address, came }
    }

    /// The next invitation; whoever has signed up was written to before.
    pub async fn invitation(&self) -> ReceivedMail {
        self.with_link("/invitations/").await
    }

    /// The next letter with a link to that page.
    pub async fn with_link(&self, page: &str) -> ReceivedMail {
        loop {
            let letter = self.mail().await;
            if letter.text.contains(page) {
                return letter;
            }
        }
    }

    /// The next letter, which must come soon.
    pub async fn mail(&self) -> ReceivedMail {
        for _ in 0..1_500 {
            if let Ok(letter) = self.came.try_recv() {
                return letter;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no mail came within 30 s");
    }
}

/// One connection (RFC 5321), until it is closed.
fn serve(stream: TcpStream, stuck: &str, send: &Sender<ReceivedMail>) {
    let mut out = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    let mut say = |reply: &str| out.write_all(format!("{reply}\r\n").as_bytes());
    let (mut to, mut ended) = (String::new(), say("220 ready"));
    while let (Some(Ok(line)), Ok(())) = (lines.next(), &ended) {
        let verb = line.split([' ', ':']).next().unwrap_or_default();
        ended = match verb.to_uppercase().as_str() {
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap().to_owned();
                if !stuck.is_empty() && to.ends_with(stuck) {
                    std::thread::sleep(Duration::from_secs(3_600));
                }
                say("250 ok")
            }
            "DATA" => {
                let _ = say("354 go on");
                let text = lines.by_ref().map(Result::unwrap);
                let text: Vec<String> = text.take_while(|line| line != ".").collect();
                let (to, text) = (to.clone(), decoded(&text.join("\r\n")));
                let _ = send.send(ReceivedMail { to, text });
                say("250 taken")
            }
            "QUIT" => say("221 bye"),
            _ => say("250 ok"),
        };
    }
}

/// Without the encoding of RFC 2045, 6.7, where it is used.
fn decoded(mail: &str) -> String {
    if !mail.contains("Content-Transfer-Encoding: quoted-printable") {
        return mail.to_owned();
    }
    let mut bytes = Vec::new();
    let joined = mail.replace("=\r\n", "");
    let mut parts = joined.split('=');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let byte = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            None => bytes.extend([b"=", part.as_bytes()].concat()),
        }
    }
    String::from_utf8(bytes).unwrap()
}
