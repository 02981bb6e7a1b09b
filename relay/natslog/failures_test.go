package natslog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay"
)

// Subjects of team t.
const (
	directOf = "$JS.API.DIRECT.GET."
	removeOf = "$JS.API.STREAM.MSG.DELETE.SPECTAP_t_state"
	getOf    = "$JS.API.STREAM.MSG.GET.SPECTAP_t"
	makeOf   = "$JS.API.CONSUMER.CREATE."
)

// blockSubject returns the subject of the blocks of a source.
func blockSubject(source string) string {
	return fmt.Sprintf("spectap.t.flows.%d.%s", relay.Partition(source), source)
}

// TestFailingServer checks what operations say when the server fails or refuses.
func TestFailingServer(t *testing.T) {
	broken, wrong := apiError(503, 10008, "no leader"), apiError(400, 10071, "wrong last sequence")
	large := make([]byte, partSize)
	app := func(data []byte) func(*Log) error {
		return func(l *Log) error {
			at, err := l.Append(context.Background(), &relay.Entry{Source: "a.1", Last: 1, Data: data}, 0)
			return withoutResult(uint64(at), err)
		}
	}
	put := func(data []byte) func(*Log) error {
		return func(l *Log) error { return withoutResult(l.Put(context.Background(), "marks/a.1", 0, data)) }
	}
	get := func(key string) func(*Log) error {
		return func(l *Log) error { _, err := l.Get(context.Background(), key); return err }
	}
	newest := func(l *Log) error {
		e, err := l.Newest(context.Background(), "a.1")
		return withoutResult(uint64(e.Position), err)
	}
	bounds := func(l *Log) error {
		first, last, err := l.Bounds(context.Background())
		return withoutResult(uint64(first|last), err)
	}
	stored := func(l *Log) error { return withoutResult(l.Stored(context.Background())) }
	remove := func(l *Log) error { return l.Remove(context.Background(), "marks/a.1", 1) }
	entries := func(l *Log) error { return firstError(context.Background(), l) }
	const flowsOf = "spectap.t.flows"
	for _, tt := range []struct {
		name            string
		do              func(*Log) error
		subject, answer string
		is              error
		text            string
	}{
		{"append", app(nil), flowsOf, broken, nil, "no leader"},
		{"append after another", app(nil), flowsOf, wrong, relay.ErrConflict, "wrong last sequence"},
		{"append, denied", app(nil), flowsOf, denial, relay.ErrDenied, "not allowed by the credentials: " + blockSubject("a.1")},
		{"append, no JSON", app(nil), flowsOf, "{", nil, "read the acknowledgement: unexpected end of JSON input"},
		{"append, no sequence", app(nil), flowsOf, `{"stream":"S"}`, nil, "the acknowledgement has no sequence"},
		{"append, no stream", app(nil), flowsOf, `{"seq":3}`, nil, "the acknowledgement has no sequence"},
		{"append, too large", app(make([]byte, maxParts*partSize+1)), flowsOf, broken, relay.ErrTooLarge, "1001 parts of 921600 bytes, at most 1000: "},
		{"put", put(nil), "spectap.t.state", broken, nil, "no leader"},
		{"put, denied", put(nil), "spectap.t.state", denial, relay.ErrDenied, "spectap.t.state.marks.a.1"},
		{"put in parts", put(large), directOf, broken + "x", relay.ErrMalformed, ""},
		{"newest, denied", newest, directOf, denial, relay.ErrDenied, directOf + "SPECTAP_t." + blockSubject("a.1")},
		{"newest, a status", newest, directOf, "status 408 Bad Request", nil, "read " + blockSubject("a.1") + ": 408 Bad Request"},
		{"newest, no sequence", newest, directOf, "x", relay.ErrMalformed, "no sequence of " + blockSubject("a.1")},
		{"bounds", bounds, infoOf, broken, nil, "no leader"},
		{"stored", stored, infoOf, broken, nil, "no leader"},
		{"get", get("marks/a.1"), directOf, "status 408 No", nil, "408 No"},
		{"list", get("marks/"), makeOf, broken, nil, "read marks/ of the log: "},
		{"list, no information", get("marks/"), "$JS.API.CONSUMER.INFO", broken, nil, "read marks/ of the log: "},
		{"remove, no newest", remove, directOf, "status 408 No", nil, "408 No"},
		{"remove, no JSON", remove, removeOf, "{", nil, "read the answer of " + removeOf},
		{"remove", remove, removeOf, broken, nil, "no leader"},
		{"remove, denied", remove, removeOf, denial, relay.ErrDenied, removeOf},
		{"remove what is gone", remove, removeOf, apiError(400, 10037, "no message found"), nil, ""},
		{"remove what is not there", remove, removeOf, apiError(400, 10043, "sequence 1 not found"), nil, ""},
		{"remove what is just gone", remove, removeOf, apiError(400, 10057, "not deleted"), nil, ""},
		{"entries, no end", entries, infoOf, broken, nil, "no leader"},
		{"entries, no consumer", entries, makeOf, broken, nil, "no leader"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := startFake(t, "")
			l := f.open(Config{})
			f.store("spectap.t.state.marks.a.1", nil, "\x00x")
			f.answer(tt.subject, tt.answer)
			err := tt.do(l)
			if !errors.Is(err, tt.is) && tt.is != nil || (err == nil) != (tt.is == nil && tt.text == "") || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v, want %v %q", err, tt.is, tt.text)
			}
			if tt.is != relay.ErrConflict && errors.Is(err, relay.ErrConflict) || tt.is != relay.ErrDenied && errors.Is(err, relay.ErrDenied) {
				t.Errorf("%v is more than it should be", err)
			}
		})
	}
}

// withoutResult returns the error of an operation, which must have no result beside it.
func withoutResult(n uint64, err error) error {
	if err != nil && n != 0 {
		return fmt.Errorf("the result is %d", n)
	}
	return err
}

// TestNoStreams checks that every operation says so if the team has no streams.
func TestNoStreams(t *testing.T) {
	f := startFake(t, "")
	f.answer(infoOf, apiError(404, 10059, "stream not found"))
	f.answer(createOf, denial)
	l := f.open(Config{Retry: true})
	ctx := t.Context()
	for name, do := range map[string]func() error{
		"append": func() error {
			at, err := l.Append(ctx, &relay.Entry{Source: "a.1", Last: 1}, 0)
			return withoutResult(uint64(at), err)
		},
		"put":     func() error { return withoutResult(l.Put(ctx, "leases", 0, nil)) },
		"get":     func() error { _, err := l.Get(ctx, "leases"); return err },
		"list":    func() error { _, err := l.Get(ctx, "marks/"); return err },
		"remove":  func() error { return l.Remove(ctx, "leases", 1) },
		"newest":  func() error { _, err := l.Newest(ctx, "a.1"); return err },
		"bounds":  func() error { _, _, err := l.Bounds(ctx); return err },
		"entries": func() error { return firstError(ctx, l) },
	} {
		if err := do(); !errors.Is(err, ErrNoTeam) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(f.asked("spectap.")); n > 0 {
		t.Errorf("%d messages were published", n)
	}
}

// firstError returns the error with which reading ends.
func firstError(ctx context.Context, l *Log) error {
	for _, err := range l.Entries(ctx, -1, 0) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestBlocksAsMessages checks the messages of a block: of one, and of several in a batch.
func TestBlocksAsMessages(t *testing.T) {
	f := startFake(t, "")
	l := f.open(Config{})
	for _, tt := range []struct {
		source      string
		size, parts int
	}{{"a.1", 0, 1}, {"a.1", partSize, 1}, {"a.1", partSize + 1, 2}, {"a.1", 2*partSize + 5, 3}, {relay.Deletions, 3, 1}} {
		before := len(f.asked("spectap."))
		pos, err := l.Append(t.Context(), &relay.Entry{Source: tt.source, After: 4, Last: 6, Data: make([]byte, tt.size)}, 17)
		if err != nil || pos != relay.Position(f.seq) {
			t.Fatalf("%d bytes: %d, %v", tt.size, pos, err)
		}
		want := "spectap.t.flows.deletions"
		if tt.source != relay.Deletions {
			want = blockSubject(tt.source)
		}
		sent := f.asked("spectap.")[before:]
		if len(sent) != tt.parts {
			t.Fatalf("%d bytes: %d messages, want %d", tt.size, len(sent), tt.parts)
		}
		size := 0
		for i, m := range sent {
			size += len(m.Data)
			isLast := i == len(sent)-1
			headers := map[string]string{
				headerAfter: "4", headerLast: "6", headerPart: "", jetstream.ExpectedLastSubjSeqHeader: "", "Nats-Batch-Sequence": "", "Nats-Batch-Commit": "",
			}
			if i == 0 {
				headers[jetstream.ExpectedLastSubjSeqHeader] = "17"
			}
			if tt.parts > 1 {
				headers[headerPart], headers["Nats-Batch-Sequence"] = fmt.Sprintf("%d/%d", i+1, tt.parts), fmt.Sprint(i+1)
				if isLast {
					headers["Nats-Batch-Commit"] = "1"
				}
			}
			got := map[string]string{}
			for name := range headers {
				got[name] = m.Header.Get(name)
			}
			id := m.Header.Get("Nats-Batch-Id")
			if !maps.Equal(got, headers) || m.Subject != want || (id != "") != (tt.parts > 1) || id != sent[0].Header.Get("Nats-Batch-Id") || (m.Reply != "") != isLast {
				t.Errorf("%d bytes: message %d to %s, answer to %q: %v, batch %q, want %v", tt.size, i, m.Subject, m.Reply, got, id, headers)
			}
		}
		if size != tt.size {
			t.Errorf("%d bytes were sent of %d", size, tt.size)
		}
	}
}

// TestLostAnswers checks how a write ends whose acknowledgement does not come.
func TestLostAnswers(t *testing.T) {
	const key = "spectap.t.state.marks.a.1"
	for name, tt := range map[string]struct {
		subject string
		stored  string // meanwhile
		do      func(l *Log) (uint64, error)
		want    error
		seq     uint64
	}{
		"an append that was stored": {blockSubject("a.1"), "x", func(l *Log) (uint64, error) {
			at, err := l.Append(context.Background(), &relay.Entry{Source: "a.1", Last: 1}, 0)
			return uint64(at), err
		}, errUnknown, 0},
		"an append that was not": {blockSubject("a.1"), "x", func(l *Log) (uint64, error) {
			at, err := l.Append(context.Background(), &relay.Entry{Source: "a.1", Last: 1}, 1)
			return uint64(at), err
		}, errLost, 0},
		"a value that was stored": {key, "\x00v", func(l *Log) (uint64, error) {
			return l.Put(context.Background(), "marks/a.1", relay.Anything, []byte("v"))
		}, nil, 1},
		"a value of others": {key, "\x00w", func(l *Log) (uint64, error) {
			return l.Put(context.Background(), "marks/a.1", relay.Anything, []byte("v"))
		}, errLost, 0},
		"a value on a condition":             {key, "\x00w", func(l *Log) (uint64, error) { return l.Put(context.Background(), "marks/a.1", 0, []byte("v")) }, errUnknown, 0},
		"a value on a condition, not stored": {key, "\x00v", func(l *Log) (uint64, error) { return l.Put(context.Background(), "marks/a.1", 1, []byte("v")) }, errLost, 0},
		"a value where there is nothing, still": {key, "", func(l *Log) (uint64, error) {
			return l.Put(context.Background(), "marks/a.1", relay.Anything, []byte("v"))
		}, errLost, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := startFake(t, "")
			l := f.open(Config{})
			if tt.stored != "" {
				f.store(tt.subject, nil, tt.stored)
			}
			f.answer(tt.subject, silence)
			seq, err := tt.do(l)
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil || seq != tt.seq {
				t.Errorf("%d, %v, want %d, %v", seq, err, tt.seq, tt.want)
			}
			if looks := len(f.asked(directOf)); looks == 0 || tt.want == errLost && looks < 2 { // a slow answer is asked for again
				t.Errorf("looked %d times", looks)
			}
		})
	}
}

// TestNewest reads the newest block of a source.
func TestNewest(t *testing.T) {
	numbered := func(after, last, part string) nats.Header {
		h := nats.Header{headerAfter: {after}, headerLast: {last}}
		if part != "" {
			h[headerPart] = []string{part}
		}
		return h
	}
	for name, tt := range map[string]struct {
		h           nats.Header
		after, last uint64
	}{
		"whole":                       {numbered("3", "7", ""), 3, 7},
		"sessions":                    {numbered("3", "3", ""), 3, 3},
		"the last part":               {numbered("3", "7", "2/2"), 3, 7},
		"not the last part":           {numbered("3", "7", "1/2"), 3, 3},
		"a part of none":              {numbered("3", "7", "x"), 3, 3},
		"no numbers":                  {nil, 0, 0},
		"one number":                  {nats.Header{headerAfter: {"3"}}, 0, 0},
		"the other number":            {nats.Header{headerLast: {"3"}}, 0, 0},
		"numbers the wrong way round": {numbered("8", "7", ""), 0, 0},
	} {
		f := startFake(t, "")
		seq := f.store(blockSubject("a.1"), tt.h, "data")
		e, err := f.open(Config{}).Newest(t.Context(), "a.1")
		if err != nil || e.Source != "a.1" || e.Position != relay.Position(seq) || e.After != tt.after || e.Last != tt.last || len(e.Data) > 0 {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	f := startFake(t, "")
	if e, err := f.open(Config{}).Newest(t.Context(), "a.1"); err != nil || e.Position != 0 || e.Source != "a.1" {
		t.Errorf("none: %+v, %v", e, err)
	}
}

// TestBoundsOfAStream reads the oldest and the newest position, and the bytes.
func TestBoundsOfAStream(t *testing.T) {
	for state, want := range map[string][3]uint64{
		`"messages":2,"bytes":70,"first_seq":3,"last_seq":5`: {3, 5, 70},
		`"messages":0,"first_seq":6,"last_seq":5`:            {6, 5, 0},
		`"messages":0,"first_seq":0,"last_seq":0`:            {1, 0, 0},
	} {
		f := startFake(t, "")
		f.answer(infoOf, streamInfo(state, ""))
		l := f.open(Config{})
		first, last, err := l.Bounds(t.Context())
		size, serr := l.Stored(t.Context())
		if got := [3]uint64{uint64(first), uint64(last), size}; err != nil || serr != nil || got != want {
			t.Errorf("%s: %d, %v, %v, want %d", state, got, err, serr, want)
		}
	}
}

// TestSourceOfSubject returns the source of a subject, if it is in its partition.
func TestSourceOfSubject(t *testing.T) {
	l := &Log{team: "t"}
	own := relay.Partition("a.1")
	for subject, want := range map[string]string{
		blockSubject("a.1"): "a.1", "spectap.t.flows.deletions": relay.Deletions,
		fmt.Sprintf("spectap.t.flows.%d.a.1", (own+1)%relay.Partitions): "", fmt.Sprintf("spectap.u.flows.%d.a.1", own): "", "spectap.u.flows.deletions": "",
		fmt.Sprintf("spectap.t.flows.%d.a", own): "", fmt.Sprintf("spectap.t.flows.%d.a.1.2", own): "", "spectap.t.flows.x": "", "deletions": "", "": "",
	} {
		if got, ok := l.sourceOf(subject); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %q, %t", subject, got, ok)
		}
	}
}

// TestParts reads which part of a block a message is, and joins parts.
func TestParts(t *testing.T) {
	for part, want := range map[string]string{
		"": "1 1 0 true", "1/1": "1 1 0 true", "1/2": "1 2 0 true", "2/2": "2 2 1 true", " 2/3 ": "2 3 1 true", "1000/1000": "1000 1000 999 true", "1/1000": "1 1000 0 true",
		"1/1001": "0 0 0 false", "0/2": "0 0 0 false", "-1/2": "0 0 0 false", "3/2": "0 0 0 false", "x": "0 0 0 false", "1": "0 0 0 false", "/": "0 0 0 false",
	} {
		m := &message{seq: 9, header: nats.Header{headerPart: {part}}}
		n, of, err := m.part()
		if got := fmt.Sprint(n, of, m.partsBefore(), err == nil); got != want || err != nil && (!errors.Is(err, relay.ErrMalformed) || !strings.HasSuffix(err.Error(), fmt.Sprintf("part %q at 9", part))) {
			t.Errorf("%q: %s, %v, want %s", part, got, err, want)
		}
	}
	const other = "spectap.t.flows.x.y"
	for _, tt := range []struct {
		name string
		in   []string // part and data
		want []string
	}{
		{"whole blocks", []string{" a", " b"}, []string{"a", "b"}},
		{"two blocks in parts", []string{"1/2 a", "2/2 b", "1/3 c", "2/3 d", "3/3 e"}, []string{"", "ab", "", "", "cde"}},
		{"a beginning that expired", []string{"2/3 b", "3/3 c", "1/2 d", "2/2 e"}, []string{"part 2 of 3 at 1 without those before it", "part 3 of 3 at 2 without those before it", "", "de"}},
		{"a part that is missing", []string{"1/3 a", "3/3 c", " d"}, []string{"", "part 3 of 3 at 2 without those before it", "d"}},
		{"a block that begins again", []string{"1/2 a", "1/2 b", "2/2 c"}, []string{"", "", "bc"}},
		{"a whole block between", []string{"1/2 a", " b", "2/2 c"}, []string{"", "b", "part 2 of 2 at 3 without those before it"}},
		{"no part", []string{"x a", " b"}, []string{`part "x" at 1`, "b"}},
	} {
		j := joiner{l: &Log{team: "t"}}
		for i, in := range tt.in {
			part, data, _ := strings.Cut(in, " ")
			m := message{subject: blockSubject("a.1"), seq: uint64(i + 1), data: []byte(data), header: nats.Header{headerAfter: {"1"}, headerLast: {"2"}, headerPart: {part}}}
			e, complete, err := j.add(m)
			switch {
			case err != nil:
				if !errors.Is(err, relay.ErrMalformed) || !strings.HasSuffix(err.Error(), tt.want[i]) || tt.want[i] == "" || complete {
					t.Errorf("%s: message %d: %v, want %q", tt.name, i+1, err, tt.want[i])
				}
			case !complete && tt.want[i] == "":
			case string(e.Data) != tt.want[i] || e.Source != "a.1" || e.After != 1 || e.Last != 2 || e.Position != relay.Position(i+1):
				t.Errorf("%s: message %d: %t, %+v, want %q", tt.name, i+1, complete, e, tt.want[i])
			}
		}
	}
	j := joiner{l: &Log{team: "t"}}
	for want, m := range map[string]message{
		`subject "` + other + `"`: {subject: other, seq: 3}, "the block at 3 has no numbers": {subject: blockSubject("a.1"), seq: 3},
	} {
		if _, complete, err := j.add(m); !errors.Is(err, relay.ErrMalformed) || complete || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestSplit cuts data into parts.
func TestSplit(t *testing.T) {
	for size, want := range map[int][]int{0: {0}, 1: {1}, partSize: {partSize}, partSize + 1: {partSize, 1}, 2 * partSize: {partSize, partSize}, 2*partSize + 7: {partSize, partSize, 7}} {
		var got []int
		for _, p := range split(make([]byte, size)) {
			got = append(got, len(p))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d bytes: %d, want %d", size, got, want)
		}
	}
}
