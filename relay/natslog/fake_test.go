package natslog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// fake is a server that speaks the protocol of NATS. It has a store of messages, of which one is
// kept for each subject, and streams that exist. Answers may be replaced by a test.
type fake struct {
	t    *testing.T
	addr string
	info string // what it says of itself

	mu       sync.Mutex
	seq      uint64
	stored   map[string]*nats.Msg // by subject; guarded by mu
	seqs     map[string]uint64    // by subject; guarded by mu
	answers  map[string]string    // to subjects, and those that begin with their tokens; guarded by mu
	pulls    [][]delivery         // what consumers deliver, one after the other; guarded by mu
	onNext   func()               // is called when a consumer is asked for messages
	pending  int                  // what a consumer has when it is made; guarded by mu
	requests []*nats.Msg          // guarded by mu
}

// delivery is a message that a consumer delivers.
type delivery struct {
	subject string
	header  nats.Header
	data    string
	seq     uint64
	pending int // after it
}

// Special answers.
const (
	silence = "silence"
	denial  = "denial" // the server says beside that the subject is not allowed
)

// startFake starts a server. info is added to what the server says of itself, such as
// `"cluster":"c"`.
func startFake(t *testing.T, info string) *fake {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	f := &fake{
		t: t, addr: ln.Addr().String(), info: `{"server_id":"F","version":"2.12.0","proto":1,"headers":true,"max_payload":1048576` + info + `}`,
		stored: map[string]*nats.Msg{}, seqs: map[string]uint64{}, answers: map[string]string{},
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go f.serve(c)
		}
	}()
	return f
}

// open connects to the server as team t.
func (f *fake) open(cfg Config) *Log {
	f.t.Helper()
	cfg.Address.Servers, cfg.Address.Team = []string{f.addr}, "t"
	l, err := Open(f.t.Context(), cfg)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { l.Close() })
	return l
}

// answer replaces the answers to subjects that begin with the tokens of one; "" restores them.
func (f *fake) answer(subject, text string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.answers[subject] = text; text == "" {
		delete(f.answers, subject)
	}
}

// store stores a message as the newest of a subject.
func (f *fake) store(subject string, h nats.Header, data string) uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.put(&nats.Msg{Subject: subject, Header: h, Data: []byte(data)})
}

func (f *fake) put(m *nats.Msg) uint64 {
	f.seq++
	f.stored[m.Subject], f.seqs[m.Subject] = m, f.seq
	return f.seq
}

// asked returns the requests to subjects that begin with one.
func (f *fake) asked(subject string) (list []*nats.Msg) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.requests {
		if strings.HasPrefix(m.Subject, subject) {
			list = append(list, m)
		}
	}
	return list
}

// serve serves one connection.
func (f *fake) serve(c net.Conn) {
	defer c.Close()
	fmt.Fprintf(c, "INFO %s\r\n", f.info)
	r := bufio.NewReader(c)
	subs := map[string]string{} // number by subject
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		args := strings.Fields(line)
		switch args[0] {
		case "PING":
			fmt.Fprint(c, "PONG\r\n")
		case "SUB":
			subs[args[1]] = args[len(args)-1]
		case "UNSUB":
			for subject, sid := range subs {
				if sid == args[1] && len(args) == 2 {
					delete(subs, subject)
				}
			}
		case "PUB", "HPUB":
			m, err := readMessage(r, args)
			if err != nil {
				return
			}
			f.handle(m, func(subject, reply string, h nats.Header, data []byte) {
				for pattern, sid := range subs {
					if prefix, wild := strings.CutSuffix(pattern, "*"); pattern == m.Reply || wild && strings.HasPrefix(m.Reply, prefix) {
						writeMessage(c, subject, sid, reply, h, data)
					}
				}
			}, func() { fmt.Fprintf(c, "-ERR 'Permissions Violation for Publish to %q'\r\n", m.Subject) })
		}
	}
}

func readMessage(r *bufio.Reader, args []string) (*nats.Msg, error) {
	m := &nats.Msg{Subject: args[1]}
	size, _ := strconv.Atoi(args[len(args)-1])
	sizes := 1
	head := 0
	if args[0] == "HPUB" {
		sizes = 2
		head, _ = strconv.Atoi(args[len(args)-2])
	}
	if len(args) > 2+sizes {
		m.Reply = args[2]
	}
	data := make([]byte, size+2)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	if m.Data = data[head:size]; head > 0 {
		_, text, _ := bytes.Cut(data[:head], []byte("\r\n"))
		h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(text))).ReadMIMEHeader()
		m.Header = nats.Header(h)
		return m, err
	}
	return m, nil
}

func writeMessage(w io.Writer, subject, sid, reply string, h nats.Header, data []byte) {
	if reply != "" {
		sid += " " + reply
	}
	if len(h) == 0 {
		fmt.Fprintf(w, "MSG %s %s %d\r\n%s\r\n", subject, sid, len(data), data)
		return
	}
	head := "NATS/1.0" + h.Get("inline") + "\r\n"
	for name, values := range h {
		if name != "inline" {
			head += name + ": " + values[0] + "\r\n"
		}
	}
	head += "\r\n"
	fmt.Fprintf(w, "HMSG %s %s %d %d\r\n%s%s\r\n", subject, sid, len(head), len(head)+len(data), head, data)
}

// status is the header of an answer without a message.
func status(text string) nats.Header { return nats.Header{"inline": {" " + text}} }

// handle answers a request.
func (f *fake) handle(m *nats.Msg, deliver func(subject, reply string, h nats.Header, data []byte), deny func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, m)
	longest := ""
	for prefix := range f.answers {
		if strings.HasPrefix(m.Subject+".", strings.TrimSuffix(prefix, ".")+".") && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	reply := func(text string) { deliver(m.Reply, "", nil, []byte(text)) }
	switch text := f.answers[longest]; {
	case text == silence:
		return
	case text == denial:
		deny()
		return
	case strings.HasPrefix(text, "status "):
		deliver(m.Reply, "", status(text[len("status "):]), nil)
		return
	case text != "":
		reply(text)
		return
	}
	const direct, api = "$JS.API.DIRECT.GET.", "$JS.API."
	switch {
	case strings.HasPrefix(m.Subject, direct):
		_, subject, _ := strings.Cut(m.Subject[len(direct):], ".")
		got := f.stored[subject]
		if got == nil {
			deliver(m.Reply, "", status("404 Message Not Found"), nil)
			return
		}
		h := nats.Header{jetstream.SequenceHeader: {strconv.FormatUint(f.seqs[subject], 10)}}
		for name, values := range got.Header {
			h[name] = values
		}
		deliver(m.Reply, "", h, got.Data)
	case strings.HasPrefix(m.Subject, api+"STREAM.INFO."), strings.HasPrefix(m.Subject, api+"STREAM.CREATE."):
		reply(streamInfo(`"messages":2,"bytes":70,"first_seq":3,"last_seq":5`, ""))
	case strings.HasPrefix(m.Subject, api+"STREAM.MSG.DELETE."):
		var ask struct{ Seq uint64 }
		if err := json.Unmarshal(m.Data, &ask); err != nil {
			f.t.Error(err)
		}
		for subject, seq := range f.seqs {
			if seq == ask.Seq {
				delete(f.stored, subject)
				delete(f.seqs, subject)
			}
		}
		reply(`{"success":true}`)
	case strings.HasPrefix(m.Subject, api+"STREAM.MSG.GET."):
		reply(f.next(m.Data))
	case strings.HasPrefix(m.Subject, api+"CONSUMER.CREATE."), strings.HasPrefix(m.Subject, api+"CONSUMER.INFO."):
		name, ask := strings.Split(m.Subject, ".")[5], struct{ Config json.RawMessage }{json.RawMessage("{}")}
		if err := json.Unmarshal(m.Data, &ask); err != nil && len(m.Data) > 0 {
			f.t.Error(err)
		}
		reply(fmt.Sprintf(`{"stream_name":"S","name":%q,"config":%s,"num_pending":%d}`, name, ask.Config, f.pending))
	case strings.HasPrefix(m.Subject, api+"CONSUMER.MSG.NEXT."):
		if f.onNext != nil {
			f.onNext()
		}
		if len(f.pulls) == 0 {
			return
		}
		name := strings.Split(m.Subject, ".")[6]
		for i, d := range f.pulls[0] {
			deliver(d.subject, fmt.Sprintf("$JS.ACK.S.%s.1.%d.%d.1700000000000000000.%d", name, d.seq, i+1, d.pending), d.header, []byte(d.data))
		}
		f.pulls = f.pulls[1:]
	case strings.HasPrefix(m.Subject, api):
		reply(`{"success":true}`)
	default:
		seq := f.put(m)
		if m.Reply != "" {
			reply(fmt.Sprintf(`{"stream":"S","seq":%d}`, seq))
		}
	}
}

// next returns the answer to a request for the first message of a subject from a sequence on.
func (f *fake) next(request []byte) string {
	var ask struct {
		Seq     uint64
		Pattern string `json:"next_by_subj"`
	}
	if err := json.Unmarshal(request, &ask); err != nil {
		f.t.Error(err)
	}
	first := uint64(0)
	for subject, seq := range f.seqs {
		if seq >= ask.Seq && matches(ask.Pattern, subject) && (first == 0 || seq < first) {
			first = seq
		}
	}
	if first == 0 {
		return apiError(404, 10037, "no message found")
	}
	return fmt.Sprintf(`{"message":{"seq":%d}}`, first)
}

// streamInfo is the answer to a question about a stream in a state.
func streamInfo(state, more string) string {
	return `{"config":{"name":"S","metadata":{"spectap.id":"abc"}},"state":{` + state + `}` + more + `}`
}

// apiError is an answer of JetStream that refuses a request.
func apiError(status, code int, text string) string {
	return fmt.Sprintf(`{"error":{"code":%d,"err_code":%d,"description":%q}}`, status, code, text)
}
