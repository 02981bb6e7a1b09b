package capture

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"github.com/spectap/spectap/flow"
)

// TestWebSocket checks that messages pass and are recorded in both directions, over TLS.
func TestWebSocket(t *testing.T) {
	g := newRig(t)
	echo := websocket.Handler(func(c *websocket.Conn) {
		for {
			var s string
			if websocket.Message.Receive(c, &s) != nil {
				return
			}
			websocket.Message.Send(c, strings.ToUpper(s))
		}
	})
	up := g.upstream(echo.ServeHTTP)
	conf := must(websocket.NewConfig("wss://"+hostOf(up)+"/chat", "https://example.com"))
	c := must(websocket.NewClient(conf, g.secure(hostOf(up))))
	for _, s := range []string{"hello", "there"} {
		websocket.Message.Send(c, s)
		var got string
		if err := websocket.Message.Receive(c, &got); err != nil || got != strings.ToUpper(s) {
			t.Fatalf("%q, %v", got, err)
		}
	}
	websocket.Message.Send(c, []byte{0, 1})
	c.Close()
	f := g.sink.done(t, "/chat")
	var got []string
	for _, m := range f.Messages {
		if m.Size != int64(len(m.Data)) || m.Truncated || m.At <= 0 || m.At > f.Took {
			t.Errorf("%+v", m)
		}
		if m.Kind == flow.Text || m.Kind == flow.Binary {
			got = append(got, fmt.Sprintf("%t %d %s", m.FromClient, m.Kind, m.Data))
		}
	}
	want := []string{"true 1 hello", "false 1 HELLO", "true 1 there", "false 1 THERE", "true 2 \x00\x01"}
	if !slices.Equal(got[:min(len(got), len(want))], want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	if f.Response.Status != 101 || f.Request.Body.Size != 0 || f.Response.Body.Size != 0 {
		t.Errorf("recorded %+v and %+v", f.Request.Body, f.Response.Body)
	}
}

// frame encodes one WebSocket frame.
func frame(final bool, op byte, rsv byte, mask *[4]byte, data []byte) []byte {
	b := []byte{op | rsv, 0}
	if final {
		b[0] |= bitFinal
	}
	switch n := len(data); {
	case n < 126:
		b[1] = byte(n)
	case n < 1<<16:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	if mask == nil {
		return append(b, data...)
	}
	b[1] |= bitMasked
	b = append(b, mask[:]...)
	for i, c := range data {
		b = append(b, c^mask[i&3])
	}
	return b
}

// deflated compresses messages with a shared window, as a sender with context takeover does.
func deflated(messages ...string) (out [][]byte) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	for _, m := range messages {
		b.Reset()
		io.WriteString(w, m)
		w.Flush()
		out = append(out, bytes.TrimSuffix(bytes.Clone(b.Bytes()), []byte("\x00\x00\xff\xff")))
	}
	return out
}

// read writes data to a frame reader in pieces of chunk bytes, and returns its transcript.
func read(max, left int64, h http.Header, chunk int, data []byte) (*transcript, *frames) {
	t := &transcript{max: max, left: left, started: time.Now()}
	f := &frames{to: t, fromClient: true, inflater: newInflater(h, true)}
	for p := range slices.Chunk(data, chunk) {
		f.Write(p)
	}
	return t, f
}

// TestFrames checks that frames are read however they are chunked: fragments with control frames
// between them, masked and unmasked frames, and all three encodings of the length.
func TestFrames(t *testing.T) {
	mask := &[4]byte{1, 2, 3, 4}
	long, longer := strings.Repeat("x", 300), strings.Repeat("y", 70_000)
	data := slices.Concat(
		frame(true, 1, 0, mask, []byte("one")),
		frame(false, 1, 0, mask, []byte("t")), frame(true, 9, 0, mask, []byte("ping")),
		frame(false, 0, 0, nil, nil), frame(true, 0, 0, mask, []byte("wo")),
		frame(true, 2, 0, mask, []byte(long)), frame(true, 2, 0, nil, []byte(longer)),
		frame(true, 1, 0, mask, nil),
		frame(true, 8, 0, mask, []byte("\x03\xe8bye")),
	)
	want := []string{"1 one", "9 ping", "1 two", "2 " + long, "2 " + longer, "1 ", "8 \x03\xe8bye"}
	for _, chunk := range []int{1, 2, 7, 1000, len(data)} {
		tr, _ := read(1<<20, 1<<20, nil, chunk, data)
		var got []string
		for _, m := range tr.messages() {
			got = append(got, fmt.Sprintf("%d %s", m.Kind, m.Data))
		}
		if !slices.Equal(got, want) {
			t.Errorf("in chunks of %d: %.200q", chunk, got)
		}
	}
}

// TestCompressedMessages checks that compressed messages are decompressed, with context takeover
// and without.
func TestCompressedMessages(t *testing.T) {
	messages := []string{"hello hello hello", "hello again, hello", strings.Repeat("wide ", 30_000),
		"hello and wide wide"}
	h := http.Header{"Sec-Websocket-Extensions": {"permessage-deflate; server_no_context_takeover"}}
	var data []byte
	for i, m := range deflated(messages...) {
		half := len(m) / 2
		data = append(data, frame(false, 1, bitCompressed, nil, m[:half])...)
		data = append(data, frame(true, 0, 0, nil, m[half:])...)
		if i == 0 {
			data = append(data, frame(true, 1, 0, nil, []byte("bare"))...) // a sender may leave a message uncompressed
		}
	}
	tr, _ := read(1<<20, 1<<20, h, 100, data)
	var got []string
	for _, m := range tr.messages() {
		got = append(got, string(m.Data))
	}
	if want := slices.Insert(slices.Clone(messages), 1, "bare"); !slices.Equal(got, want) {
		t.Errorf("%.300q", got)
	}

	h = http.Header{"Sec-Websocket-Extensions": {"x-other, permessage-deflate; client_no_context_takeover; client_max_window_bits=10"}}
	data = nil
	for range 3 {
		data = append(data, frame(true, 1, bitCompressed, nil, deflated("alone")[0])...)
	}
	tr, _ = read(1<<20, 1<<20, h, 3, data)
	if got := tr.messages(); len(got) != 3 || string(got[2].Data) != "alone" {
		t.Errorf("%v", got)
	}
}

// TestMessagesAreCapped checks that the messages of a connection share a limit, and that messages
// which are cut, left out or cannot be decoded are marked.
func TestMessagesAreCapped(t *testing.T) {
	var data []byte
	for range 20 {
		data = append(data, frame(true, 1, 0, nil, bytes.Repeat([]byte("x"), 100))...)
	}
	tr, _ := read(1000, 1100, nil, 64, data)
	list := tr.messages()
	last := list[len(list)-1]
	if len(list) != 7 || !last.Truncated || last.Size != 100 || len(last.Data) >= 100 {
		t.Errorf("%d messages, the last %+v", len(list), last)
	}
	if b := tr.body(true, 2040); b.Size != 2040 || !b.Truncated {
		t.Errorf("the client's side is not marked as truncated: %+v", b)
	}
	if b := tr.body(false, 10); b.Truncated {
		t.Errorf("the server's side is marked as truncated: %+v", b)
	}

	// A small compressed message expands to a large one. Its size is recorded, its bytes are
	// capped.
	h := http.Header{"Sec-Websocket-Extensions": {"permessage-deflate"}}
	tr, _ = read(1000, 10_000, h, 64, frame(true, 2, bitCompressed, nil, deflated(strings.Repeat("z", 100_000))[0]))
	if got := tr.messages(); len(got) != 1 || len(got[0].Data) != 1000 || got[0].Size != 100_000 || !got[0].Truncated {
		t.Errorf("%d messages", len(got))
	}
	whole := frame(true, 2, 0, nil, []byte("whole"))
	tr, f := read(1000, 1000, nil, 64, append(slices.Clone(whole), append(frame(true, 0, 0, nil, []byte("x")), whole...)...))
	f.end()
	if n := len(tr.messages()); n != 1 {
		t.Errorf("%d messages recorded with a continuation of none behind the first, want that", n)
	}
	for name, data := range map[string][]byte{
		"a reserved bit without an extension": frame(true, 1, 0x10, nil, []byte("x")),
		"compression without negotiation":     frame(true, 1, bitCompressed, nil, []byte("x")),
		"a continuation without a start":      frame(true, 0, 0, nil, []byte("x")),
		"a length of nearly 2^64":             {0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255, 1},
	} {
		t.Run(name, func(t *testing.T) {
			tr, f := read(1000, 1000, nil, 1, data)
			f.end()
			if n := len(tr.messages()); n != 0 {
				t.Errorf("%d messages recorded, want none", n)
			}
		})
	}
}

// TestMessagesKeepToTheBudget checks that the memory for WebSocket messages is reserved from the
// budget of the queue and released.
func TestMessagesKeepToTheBudget(t *testing.T) {
	q := queue(t, QueueConfig{Store: &slowStore{}, Budget: 1 << 20, MaxWait: -1})
	tr := &transcript{max: 1 << 20, left: 1 << 30, room: q, started: time.Now()}
	f := &frames{to: tr}
	for range 200 {
		f.Write(frame(true, 2, 0, nil, make([]byte, 10_000)))
	}
	f.Write([]byte{0x82, 126, 0xff, 0xff, 1, 2, 3}) // an incomplete frame
	if !tr.hasDropped() {
		t.Error("no message was left out")
	}
	f.end()
	fl := flow.Flow{ID: flow.NewID(), Done: true, Messages: tr.messages()}
	patience := time.Duration(0)
	if !q.reserve(requestWeight(&fl), &patience) {
		q.release(messageWeight(&fl.Messages[0]))
		q.reserve(requestWeight(&fl), &patience)
		fl.Messages = fl.Messages[1:]
	}
	q.commit(fl)
	noError(t, q.Close(context.Background()))
	if !q.room.TryAcquire(1 << 20) {
		t.Error("the budget was not released")
	}
}

// FuzzFrames checks that any bytes give the same messages however they are chunked, without a
// panic.
func FuzzFrames(f *testing.F) {
	mask := &[4]byte{9, 8, 7, 6}
	f.Add(frame(true, 1, 0, mask, []byte("hello")), uint64(1))
	f.Add(slices.Concat(frame(false, 2, bitCompressed, nil, deflated("abcabc")[0]), frame(true, 9, 0, nil, nil),
		frame(true, 0, 0, nil, nil)), uint64(2))
	f.Add([]byte{0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255}, uint64(3))
	h := http.Header{"Sec-Websocket-Extensions": {"permessage-deflate"}}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		whole, ends := read(4096, 8192, h, max(1, len(data)), data)
		ends.end()
		pieces := &transcript{max: 4096, left: 8192, started: time.Now()}
		fr := &frames{to: pieces, fromClient: true, inflater: newInflater(h, true)}
		r := rand.New(rand.NewPCG(seed, 0))
		for rest := data; len(rest) > 0; {
			n := 1 + r.IntN(len(rest))
			fr.Write(rest[:n])
			rest = rest[n:]
		}
		fr.end()
		a, b := whole.messages(), pieces.messages()
		if len(a) != len(b) {
			t.Fatalf("%d messages at once, %d in pieces", len(a), len(b))
		}
		for i := range a {
			if !bytes.Equal(a[i].Data, b[i].Data) || a[i].Size != b[i].Size || a[i].Kind != b[i].Kind ||
				a[i].Size < int64(len(a[i].Data)) {
				t.Fatalf("message %d differs", i)
			}
		}
	})
}
