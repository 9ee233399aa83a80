/** Number of the phone that scans when none is named. */
export const DEFAULT_NUMBER = '5511911110001';

/** What `npm run phone` says when it is not told what to do. */
export const HELP = `Simulated phones for the WhatsApp that Pombo talks to on this machine.

  npm run phone -- scan <session id> [number]         link the session to a phone (scans its QR code)
  npm run phone -- code <number> <code>               type a pairing code in on a phone
  npm run phone -- list                               show all phones and what is linked to them
  npm run phone -- chat <number> [with]               show a phone's messages and follow them (Ctrl-C ends)
  npm run phone -- write <from> <to> "text"           write a text
  npm run phone -- picture <from> <to> <file> [text]  send a picture; so are video, voice, document and sticker
  npm run phone -- location <from> <to> <latitude> <longitude> [name]
  npm run phone -- contact <from> <to> <name> <phone>
  npm run phone -- poll <from> <to> "question" <option> <option> …
  npm run phone -- vote <from> <to> <message id> [option] …      vote in a poll; without an option the vote is taken back
  npm run phone -- button <from> <to> <message id> <id> "title"  tap a button; row taps a row of a list
  npm run phone -- edit <from> <to> <message id> "text"          change a message; revoke takes it back
  npm run phone -- forward <from> <to> "text"                    pass a text on
  npm run phone -- reply <from> <to> <message id> "text"
  npm run phone -- react <from> <to> <message id> <emoji>
  npm run phone -- call <from> <to>                   call, and give up after 3 s
  npm run phone -- read <number> <message id>         open a message: its author gets a read receipt
  npm run phone -- offline <number>                   take a phone off line; online brings it back
  npm run phone -- unlink <number> [device]           take linked devices off a phone
  npm run phone -- change-number <number> <new>       move a person to another number
  npm run phone -- magic                              numbers that force each failure that WhatsApp can answer

  --data <folder>   data folder of the running Pombo (default .pombo)

<from> may be the session's own number: what its phone writes arrives as an echo (webhooks of message_echoes).
Numbers are international, with or without + and spaces. Every number has a phone; you need not create it.

A first conversation:

  npm run phone -- scan 100200300                             (the session's phone is ${DEFAULT_NUMBER})
  npm run phone -- write +5511987654321 ${DEFAULT_NUMBER} "Oi, tudo bem?"
  npm run phone -- chat +5511987654321
`;
