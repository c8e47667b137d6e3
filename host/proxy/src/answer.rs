//! The provider's answer as the client's: its headers, and a body that is watched as it goes.

use http::{Response, header};
use patchbay_wire::{BodyTee, Dialect, StreamTee};

use crate::body::{AnswerBody, Relay};
use crate::headers::{PROVIDER, put, to_client};
use crate::journey::Journey;
use crate::receipt::{Answered, Receipt, Tee};
use crate::relay::{Content, Relayed, is_stream};
use crate::stages::Stage;

pub(crate) fn answer(mut journey: Box<Journey>, relayed: Relayed) -> Response<AnswerBody> {
    let Relayed { mut head, content, permit, price, verdict, first_byte, usage, edit, .. } = relayed;
    let dialect = journey.call.as_ref().map_or(Dialect::OpenAi, |call| call.dialect);
    let encoding = head.headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let tee = match usage {
        Some(usage) => Tee::Read { usage, bytes: 0 },
        None if is_stream(&head.headers) => Tee::Stream(Box::new(StreamTee::new(dialect, encoding))),
        None => Tee::Body(BodyTee::new(encoding)),
    };
    head.headers = to_client(head.headers);
    put(&mut head.headers, PROVIDER, permit.provider().as_str());
    journey.mark(&mut head.headers);
    let silence = permit.timeouts().silence;
    let answered = Answered { permit, price, verdict, first_byte, status: head.status.as_u16(), tee };
    let Some(mut receipt) = Receipt::of(&mut journey, answered) else {
        return Response::from_parts(head, AnswerBody::Whole(None));
    };
    let body = match content {
        Content::Whole(bytes) => {
            receipt.saw(&bytes);
            receipt.complete();
            AnswerBody::whole(edit.map_or(bytes.clone(), |edit| edit.whole(&bytes)))
        }
        Content::Begun { first, rest } => {
            let late = journey.gateway.late().clone();
            AnswerBody::Relay(Box::new(Relay::new(first, rest, Box::new(receipt), late, edit, silence)))
        }
    };
    journey.passed(Stage::Answer);
    Response::from_parts(head, body)
}
