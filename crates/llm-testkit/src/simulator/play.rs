//! Puts a schedule on the wire.

use std::{future, io, time::Duration};

use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    task::yield_now,
    time::sleep,
};

use super::{
    http,
    schedule::{End, Framing, Piece, Schedule},
};

/// How a connection goes on after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// With the next request.
    Keep,
    /// Not at all, as the response said.
    Close,
    /// Not at all, and the response is not whole.
    Cut,
    /// With a reset.
    Reset,
}

/// Plays `schedule` to its end; an error means that the client is gone.
pub(super) async fn play(
    schedule: &Schedule,
    writer: &mut (impl AsyncWrite + Unpin),
    keep_alive: bool,
) -> io::Result<After> {
    wait(schedule.before).await;
    let framing = schedule.framing;
    if let Some(head) = &schedule.head {
        writer.write_all(&http::head(head, framing, keep_alive)).await?;
        writer.flush().await?;
    }
    for piece in &schedule.pieces {
        send(piece, framing, writer).await?;
    }
    match &schedule.end {
        End::Done => {
            if framing == Framing::Chunked {
                writer.write_all(b"0\r\n\r\n").await?;
            }
            writer.flush().await?;
            let keep = keep_alive && framing != Framing::Close;
            Ok(if keep { After::Keep } else { After::Close })
        }
        End::Cut => Ok(After::Cut),
        End::CutInChunk(bytes) => {
            let chunk = http::chunk(bytes);
            let half = chunk.len() / 2;
            writer.write_all(chunk.get(..half).unwrap_or_default()).await?;
            Ok(After::Cut)
        }
        End::Reset => Ok(After::Reset),
        End::Stall => future::pending().await,
        End::Repeat(piece) => loop {
            send(piece, framing, writer).await?;
        },
    }
}

async fn send(
    piece: &Piece,
    framing: Framing,
    writer: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    wait(piece.wait).await;
    if piece.bytes.is_empty() {
        return Ok(());
    }
    match framing {
        Framing::Chunked => writer.write_all(&http::chunk(&piece.bytes)).await?,
        Framing::Length(_) | Framing::Close => writer.write_all(&piece.bytes).await?,
    }
    writer.flush().await?;
    // Gives the reader a turn between two pieces, also when nobody waits for anything.
    yield_now().await;
    Ok(())
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        sleep(delay).await;
    }
}
