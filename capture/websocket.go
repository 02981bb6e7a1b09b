package capture

import (
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/flow"
)

// transcript collects the messages of one WebSocket in both directions, up to a number of bytes.
type transcript struct {
	started time.Time
	max     int64    // bytes of one message to keep
	room    reserver // nil without a budget

	mu       sync.Mutex // guards the fields below
	left     int64      // bytes that may still be kept; each message counts messageCost more than its data
	patience time.Duration
	list     []flow.Message
	omitted  [2]bool // messages are missing: from the server, from the client
	dropped  bool    // messages or their data are missing because there was no room
}

// add keeps a message, or the first bytes of it that fit. It returns false if this message and all
// later ones of its side are omitted.
func (t *transcript) add(m flow.Message) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.omitted[direction(m.FromClient)] || t.left < messageCost {
		t.omitted[direction(m.FromClient)] = true
		return false
	}
	if n := t.left - messageCost; int64(len(m.Data)) > n {
		m.Data, m.Truncated = m.Data[:n], true
	}
	m.Data = slices.Clip(slices.Clone(m.Data))
	cost := messageWeight(&m)
	if t.room != nil && !t.room.reserve(cost, &t.patience) {
		t.omitted[direction(m.FromClient)], t.dropped = true, true
		return false
	}
	t.left -= cost
	m.At = time.Since(t.started)
	t.list = append(t.list, m)
	return true
}

// omit records that messages of one side are missing from here on.
func (t *transcript) omit(fromClient bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.omitted[direction(fromClient)] = true
}

// noteDropped records that the data of a message was not kept because there was no room.
func (t *transcript) noteDropped() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped = true
}

// messages returns the messages so far. The last caller takes over their reservation.
func (t *transcript) messages() []flow.Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.list)
}

// body returns the body of a side: empty, or marked if messages are missing.
func (t *transcript) body(fromClient bool, size int64) flow.Body {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.omitted[direction(fromClient)] {
		return flow.Body{}
	}
	return flow.Body{Size: size, Truncated: true, Dropped: t.dropped}
}

// hasDropped reports whether messages are missing because there was no room.
func (t *transcript) hasDropped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dropped
}

// direction returns the index of a sender in omitted.
func direction(fromClient bool) int {
	if fromClient {
		return 1
	}
	return 0
}

// newTranscript returns a transcript for an upgrade to WebSocket, or nil for other protocols.
func (x *exchange) newTranscript(h http.Header) *transcript {
	if !x.recorded || !strings.EqualFold(h.Get("Upgrade"), "websocket") {
		return nil
	}
	return &transcript{
		started: x.f.Started, max: x.req.max, left: x.req.max, room: x.p.room, patience: x.req.patience,
	}
}

// frames parses the frames of one side (RFC 6455, section 5), which are written to it as they pass.
type frames struct {
	to         *transcript
	fromClient bool
	inflater   *inflater // nil unless compression was agreed on
	broken     bool      // no frame is read any more, because one was invalid or nothing is kept

	head    [14]byte // the head of the frame so far
	have    int
	payload uint64 // bytes of the frame still to come
	mask    [4]byte
	masked  bool
	at      int // index in the mask
	final   bool

	data, control message  // the message in progress, and a control frame
	current       *message // the message of the frame; nil between frames
}

// message is a message whose frames are still arriving.
type message struct {
	kind       flow.MessageKind
	compressed bool
	tee        tee
}

// Opcodes and bits of a frame's head.
const (
	opContinuation = 0
	bitFinal       = 0x80
	bitCompressed  = 0x40 // RSV1, RFC 7692, section 6
	bitsReserved   = 0x30
	bitMasked      = 0x80
)

// Write never fails. It skips frames that it cannot parse.
func (f *frames) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !f.broken {
		if f.current == nil {
			p = p[f.begin(p):]
			continue
		}
		p = p[f.take(p):]
	}
	return n, nil
}

// begin reads bytes of a frame's head and returns their number.
func (f *frames) begin(p []byte) (n int) {
	for n < len(p) {
		f.head[f.have] = p[n]
		n++
		f.have++
		if f.have >= 2 && f.have == headLength(f.head[1]) {
			f.have = 0
			f.open()
			return n
		}
	}
	return n
}

func headLength(b byte) int {
	n := 2
	switch b &^ bitMasked {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if b&bitMasked != 0 {
		n += 4
	}
	return n
}

// open begins a frame, whose head is complete.
func (f *frames) open() {
	b0, b1 := f.head[0], f.head[1]
	rest := f.head[2:]
	f.payload = uint64(b1 &^ bitMasked)
	switch f.payload {
	case 126:
		f.payload, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		f.payload, rest = binary.BigEndian.Uint64(rest), rest[8:]
	}
	f.masked, f.at = b1&bitMasked != 0, 0
	copy(f.mask[:], rest)
	f.final = b0&bitFinal != 0
	kind := flow.MessageKind(b0 & 0x0f)
	compressed := b0&bitCompressed != 0
	if b0&bitsReserved != 0 || compressed && f.inflater == nil {
		f.fail()
		return
	}
	switch {
	case kind >= flow.Close: // a control frame may stand between the frames of a message, and is never fragmented
		f.current = &f.control
		f.control.begin(f.to, kind, false)
	case kind != opContinuation:
		f.current = &f.data
		f.data.begin(f.to, kind, compressed)
	case f.data.kind != 0:
		f.current = &f.data
	default:
		f.fail()
		return
	}
	if f.payload == 0 {
		f.close()
	}
}

// take reads bytes of a frame's payload and returns their number.
func (f *frames) take(p []byte) int {
	n := int(min(uint64(len(p)), f.payload))
	p = p[:n]
	if !f.masked {
		f.current.tee.write(p)
	}
	var clear [1024]byte
	for f.masked && len(p) > 0 {
		k := copy(clear[:], p)
		for i := range clear[:k] {
			clear[i] ^= f.mask[f.at&3]
			f.at++
		}
		f.current.tee.write(clear[:k])
		p = p[k:]
	}
	if f.payload -= uint64(n); f.payload == 0 {
		f.close()
	}
	return n
}

// close ends a frame, and the message if this was its last frame.
func (f *frames) close() {
	msg := f.current
	f.current = nil
	if !f.final {
		return
	}
	msg.tee.end()
	b := msg.tee.take()
	if b.Dropped {
		f.to.noteDropped()
	}
	m := flow.Message{FromClient: f.fromClient, Kind: msg.kind, Data: b.Data, Size: b.Size, Truncated: b.Truncated}
	if msg.compressed {
		ok := !b.Truncated
		if ok {
			m.Data, m.Size, ok = f.inflater.Message(b.Data, f.to.max)
			m.Truncated = int64(len(m.Data)) < m.Size
		}
		if !ok {
			msg.kind = 0
			msg.release()
			f.fail() // later messages may refer to it
			return
		}
	}
	msg.kind = 0
	kept := f.to.add(m)
	msg.release()
	if !kept {
		f.fail() // to decompress messages that are not kept would be work without an end
	}
}

// fail stops reading frames, and drops those that have begun.
func (f *frames) fail() {
	f.broken = true
	f.to.omit(f.fromClient)
	f.end()
}

// end releases the reservation of an unfinished message.
func (f *frames) end() {
	f.data.release()
	f.control.release()
}

func (p *message) begin(t *transcript, kind flow.MessageKind, compressed bool) {
	p.release()
	p.kind, p.compressed = kind, compressed
	p.tee = tee{max: t.max, expect: -1, room: t.room}
	if t.room != nil {
		t.mu.Lock()
		p.tee.patience = t.patience
		t.mu.Unlock()
	}
}

// release returns the reservation of a message.
func (p *message) release() {
	p.tee.mu.Lock()
	defer p.tee.mu.Unlock()
	if p.tee.room != nil {
		p.tee.room.release(int64(cap(p.tee.buf)))
	}
	p.tee.buf = nil
}
