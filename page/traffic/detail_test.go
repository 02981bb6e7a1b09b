package traffic

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/sift"
)

func gzipped(t *testing.T, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shownError returns the text of an error that the page shows.
func shownError(err error) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return fmt.Sprint("not shown: ", err)
	}
	return fmt.Sprint(e.Message, map[bool]string{true: " (not found)"}[e.NotFound])
}

const gone = "this flow is no longer in the store (not found)"

// TestRow checks what a row shows of flows in each state.
func TestRow(t *testing.T) {
	p, _, _ := open(t)
	f := exchange("GET", "/a?b=c", 200, `{"x":1}`)
	f.Seq, f.Last = 3, 4
	whole := Row{Seq: 3, Last: 4, Method: "GET", Scheme: "https", Host: "api.example.com", Path: "/a?b=c", Status: 200, Type: "application/json", Size: 7, Started: 1_790_000_000_000, Took: 1.5}
	for _, tt := range []struct {
		name   string
		change func(*flow.Flow)
		want   func(*Row)
	}{
		{"whole", func(*flow.Flow) {}, func(*Row) {}},
		{"without a query", func(f *flow.Flow) { f.Request.RawQuery = "" }, func(r *Row) { r.Path = "/a" }},
		{"pending", func(f *flow.Flow) { f.Done, f.Response = false, nil }, func(r *Row) { r.Pending, r.Status, r.Type, r.Size = true, 0, "", 0 }},
		{"failed", func(f *flow.Flow) { f.Err = "reset" }, func(r *Row) { r.Failed = true }},
		{"a socket", func(f *flow.Flow) { f.Response.Status = 101 }, func(r *Row) { r.Status, r.Messages = 101, true }},
		{"a part", func(f *flow.Flow) { f.Response.Body.Truncated = true }, func(r *Row) { r.Note = "x" }},
	} {
		g, want := f, whole
		response := *f.Response
		g.Response = &response
		tt.change(&g)
		tt.want(&want)
		got := p.row(&g)
		if want.Note == "x" && got.Note != "" {
			want.Note = got.Note
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
	}
}

// TestDetail checks what is shown of a flow without its bodies.
func TestDetail(t *testing.T) {
	p, db, _ := open(t)
	f := exchange("POST", "/a?b=c", 201, `{"x":1}`)
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "X-A", Value: "1"}}
	f.Request.Trailer = flow.Header{{Name: "X-T", Value: "2"}}
	f.Request.Body = flow.Body{Data: []byte("ab"), Size: 5, Truncated: true}
	f.Response.Trailer = flow.Header{{Name: "X-S", Value: "3"}}
	f.Err = "reset"
	pending := exchange("GET", "/b", 200, "")
	pending.Done, pending.Response, pending.Request.Body = false, nil, flow.Body{Size: 9, Dropped: true}
	add(t, db, f, pending)
	d, err := p.flow(t.Context(), FlowQuery{1})
	want := Detail{
		Row: d.Row, URL: "https://api.example.com/a?b=c", Source: "proxy", Error: "reset",
		Request: Message{Proto: "HTTP/1.1", Headers: []Header{{"Content-Type", "text/plain"}, {"X-A", "1"}}, Trailers: []Header{{"X-T", "2"}},
			Body: Body{Type: "text/plain", Size: 5, Kept: 2, Note: "recorded in part"}},
		Response: &Message{Proto: "HTTP/1.1", Headers: []Header{{"Content-Type", "application/json"}}, Trailers: []Header{{"X-S", "3"}},
			Body: Body{Type: "application/json", Size: 7, Kept: 7}},
	}
	if err != nil || d.Row.Seq != 1 || !reflect.DeepEqual(d, want) {
		t.Errorf("%+v, %v\nwant %+v", d, err, want)
	}
	if d, err = p.flow(t.Context(), FlowQuery{2}); err != nil || d.Response != nil || d.Request.Body != (Body{Size: 9, Note: "not recorded: the recorder had no room"}) {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := p.flow(t.Context(), FlowQuery{9}); shownError(err) != gone {
		t.Errorf("%v", err)
	}
}

// TestBodies checks how bodies are decoded.
func TestBodies(t *testing.T) {
	p, db, _ := open(t)
	body := func(typ, coding string, data []byte) flow.Flow {
		f := exchange("POST", "/a", 200, "")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "text/plain; charset=iso-8859-1"}}
		f.Request.Body = flow.Body{Data: []byte("gr\xfc\xdfe"), Size: 5}
		f.Response.Header = flow.Header{{Name: "Content-Type", Value: typ}, {Name: "Content-Encoding", Value: coding}}
		f.Response.Body = flow.Body{Data: data, Size: int64(len(data))}
		return f
	}
	broken := []byte("not gzip")
	long := gzipped(t, strings.Repeat("a\n", 40))
	part := body("image/png", "gzip", long[:len(long)-8]) // without the checksum
	pending := exchange("GET", "/b", 200, "")
	pending.Done, pending.Response = false, nil
	add(t, db, body("text/plain", "gzip", gzipped(t, "größe")), body("image/png", "gzip", gzipped(t, "\x89PNG\xff")), body("image/png", "gzip", broken),
		body("text/plain; charset=iso-8859-1", "", []byte("\xfc")), body("image/png", "", []byte("\xfc")), pending, body("image/png", "gzip", gzipped(t, "")), part)
	for i, whole := range map[int]string{0: "größe", 1: "\x89PNG\xff", 2: string(broken), 3: "ü", 4: "\xfc", 6: "", 7: strings.Repeat("a\n", 40)} {
		for name, call := range map[string]string{"body": "body", "revealed": "revealBody"} {
			want := whole
			if name == "body" && want == string(broken) {
				want = "" // what cannot be decoded may hold a secret
			}
			if got := answer(t, callNamed(p.panel(), call), fmt.Sprintf(`{"seq":%d,"response":true}`, i+1)); got != want {
				t.Errorf("%s %d: %q, want %q", name, i+1, got, want)
			}
			if got := answer(t, callNamed(p.panel(), call), fmt.Sprintf(`{"seq":%d,"response":false}`, i+1)); got != "grüße" {
				t.Errorf("%s %d of the request: %q", name, i+1, got)
			}
		}
	}
	for _, tt := range []struct {
		in   BodyQuery
		want string
	}{{BodyQuery{6, true}, "there is no response (not found)"}, {BodyQuery{9, false}, gone}} {
		_, err := p.body(t.Context(), tt.in)
		_, revealed := p.revealBody(t.Context(), tt.in)
		if shownError(err) != tt.want || shownError(revealed) != tt.want {
			t.Errorf("%+v: %v, %v", tt.in, err, revealed)
		}
	}
}

// panel declares the calls of a panel that is there.
func (p *panel) panel() wire.Panel { return Panel(p.Config) }

// TestMessageBounds checks how many messages of a socket a call returns.
func TestMessageBounds(t *testing.T) {
	p, db, _ := open(t)
	f := exchange("GET", "/socket", 101, "")
	for i, size := range []int{maxMessageBytes / 2, maxMessageBytes / 2, 1, maxMessageBytes + 1, 2} {
		f.Messages = append(f.Messages, flow.Message{At: time.Duration(i) * time.Millisecond, FromClient: i == 0, Kind: flow.Text, Data: bytes.Repeat([]byte("a"), size), Size: int64(size) + 1, Truncated: true})
	}
	many := exchange("GET", "/socket", 101, "")
	for range maxMessages + 1 {
		many.Messages = append(many.Messages, flow.Message{Kind: flow.Binary, Data: []byte{0xff}, Size: 1})
	}
	add(t, db, f, many)
	for _, tt := range []struct {
		seq    flow.Seq
		offset int
		want   int
	}{{1, 0, 2}, {1, 1, 2}, {1, 2, 1}, {1, 3, 1}, {1, 4, 1}, {1, 5, 0}, {1, -1, 0}, {2, 0, maxMessages}, {2, 1, maxMessages}, {2, 2, maxMessages - 1}} {
		m, err := p.messages(t.Context(), MessagesQuery{tt.seq, tt.offset})
		if err != nil || len(m.Messages) != tt.want || m.Total != map[flow.Seq]int{1: 5, 2: maxMessages + 1}[tt.seq] {
			t.Errorf("%d from %d: %d of %d, %v", tt.seq, tt.offset, len(m.Messages), m.Total, err)
		}
	}
	m, err := p.messages(t.Context(), MessagesQuery{1, 4})
	if err != nil || !reflect.DeepEqual(m.Messages, []SocketMessage{{At: 4, Kind: "text", Size: 3, Text: "aa", Cut: true}}) {
		t.Errorf("%+v, %v", m.Messages, err)
	}
	if m, err = p.messages(t.Context(), MessagesQuery{1, 0}); err != nil || !m.Messages[0].FromClient || m.Messages[1].FromClient || m.Messages[1].At != 1 {
		t.Errorf("%v", err)
	}
	if m, err = p.messages(t.Context(), MessagesQuery{2, 2000}); err != nil || !reflect.DeepEqual(m.Messages, []SocketMessage{{Kind: "binary", Size: 1, Data: []byte{0xff}}}) {
		t.Errorf("%+v, %v", m.Messages, err)
	}
	if _, err := p.messages(t.Context(), MessagesQuery{9, 0}); shownError(err) != gone {
		t.Errorf("%v", err)
	}
}

// TestCode checks of which flows a program is made, and what it reads its secrets from.
func TestCode(t *testing.T) {
	p, db, _ := open(t)
	var fs []flow.Flow
	for i := range maxProgram + 1 {
		f := exchange("GET", fmt.Sprint("/a", i), 200, "{}")
		f.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + planted}}
		fs = append(fs, f)
	}
	add(t, db, fs...)
	many := func(n int) (list []flow.Seq) {
		for i := range n {
			list = append(list, flow.Seq(i+1))
		}
		return list
	}
	for _, framework := range codegen.Frameworks() {
		for _, n := range []int{1, 2, maxProgram} {
			c, err := p.code(t.Context(), CodeQuery{many(n), framework})
			if err != nil || strings.Count(c.Code, "api.example.com") == 0 || !strings.Contains(c.Code, fmt.Sprint("/a", n-1)) || strings.Contains(c.Code, planted) || len(c.Variables) == 0 {
				t.Errorf("%s of %d flows: %v, variables %q\n%.300s", framework, n, err, c.Variables, c.Code)
			}
			for _, v := range c.Variables {
				if !strings.Contains(c.Code, v) {
					t.Errorf("%s does not read %s", framework, v)
				}
			}
			if isScript := strings.HasPrefix(c.Code, "#!"); framework == "curl" && isScript != (n > 1) {
				t.Errorf("curl of %d flows: %.100s", n, c.Code)
			}
		}
	}
	f := exchange("POST", "/large", 200, "{}")
	f.Request.RawQuery = "a=" + strings.Repeat("b", codegen.MaxSize/2)
	add(t, db, f, f)
	large := func(n int) []flow.Seq { return slices.Repeat([]flow.Seq{maxProgram + 2}, n) }
	if _, err := p.code(t.Context(), CodeQuery{large(1), "curl"}); err != nil {
		t.Errorf("a large request: %v", err)
	}
	for _, tt := range []struct {
		in   CodeQuery
		want string
	}{
		{CodeQuery{large(2), "curl"}, "the requests of these flows are too large for one program: select fewer"},
		{CodeQuery{nil, "curl"}, "select 1 to 100 flows"}, {CodeQuery{many(maxProgram + 1), "curl"}, "select 1 to 100 flows"}, {CodeQuery{many(1), "other"}, "select 1 to 100 flows"},
		{CodeQuery{[]flow.Seq{999}, "curl"}, gone},
	} {
		if _, err := p.code(t.Context(), tt.in); shownError(err) != tt.want {
			t.Errorf("%s of %d flows: %v", tt.in.Framework, len(tt.in.Flows), err)
		}
	}
}

// TestArchive checks which flows an archive has.
func TestArchive(t *testing.T) {
	p, db, _ := open(t)
	p.Version = "1.2"
	add(t, db, exchange("GET", "/a", 200, "{}"), exchange("POST", "/b", 201, "{}"), exchange("GET", "/c", 200, "{}"))
	for in, want := range map[string]string{
		`{"flows":[],"filter":""}`: "/a /b /c", `{"flows":[],"filter":"method:GET"}`: "/a /c", `{"flows":[3,9,2],"filter":""}`: "/c /b", `{"flows":[],"filter":"path:/none"}`: "",
	} {
		var archive struct {
			Log struct {
				Creator struct{ Version string }
				Entries []struct{ Request struct{ URL string } }
			}
		}
		text := answer(t, callNamed(p.panel(), "archive"), in)
		if err := json.Unmarshal([]byte(text), &archive); err != nil {
			t.Fatal(err, text)
		}
		var got []string
		for _, e := range archive.Log.Entries {
			got = append(got, strings.TrimPrefix(e.Request.URL, "https://api.example.com"))
		}
		if strings.Join(got, " ") != want || archive.Log.Creator.Version != "1.2" {
			t.Errorf("%s: %q by %s", in, got, archive.Log.Creator.Version)
		}
	}
	if _, err := p.archive(t.Context(), ArchiveQuery{Filter: "status:abc"}); err == nil {
		t.Error("a mistake in a filter was taken")
	}
}

// TestCompare checks what differs between two flows.
func TestCompare(t *testing.T) {
	p, db, _ := open(t)
	a, b := exchange("GET", "/a?x=1", 200, `{"n":1}`), exchange("GET", "/a?x=2", 404, `{"n":2}`)
	add(t, db, a, b, exchange("GET", "/a?x=1", 200, `{"n":1}`))
	c, err := p.compare(t.Context(), CompareQuery{1, 2})
	if err != nil || !slices.Contains(c.Request, Difference{Where: "query", Name: "x", Change: "differs", A: "1", B: "2"}) || !strings.Contains(fmt.Sprint(c.Response), "differs 200 404") || c.Partly {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := p.compare(t.Context(), CompareQuery{1, 3}); err != nil || len(c.Request)+len(c.Response) > 0 {
		t.Errorf("%+v, %v", c, err)
	}
	for _, q := range []CompareQuery{{1, 9}, {9, 1}} {
		if _, err := p.compare(t.Context(), q); shownError(err) != gone {
			t.Errorf("%v", err)
		}
	}
}

// TestNews checks what an event says, and when there is none.
func TestNews(t *testing.T) {
	p, db, _ := open(t)
	where, err := parse("method:GET status:200")
	if err != nil {
		t.Fatal(err)
	}
	add(t, db, exchange("GET", "/before", 200, ""))
	r := &reader{p: p, where: sift.Sieve{Where: where, Redact: p.Redact.Flow}, at: 1, flows: -1}
	look := func(what string, changed bool, want News) {
		t.Helper()
		got, is, err := r.next(t.Context())
		rows := seqs(got.Rows)
		got.Rows, want.Rows = nil, slices.Clip(want.Rows)
		if err != nil || is != changed || !slices.Equal(rows, seqs(want.Rows)) || !slices.Equal(got.Gone, want.Gone) || got.Flows != want.Flows || got.Deleted != want.Deleted || !reflect.DeepEqual(got.Gap, want.Gap) {
			t.Errorf("%s: rows %v, %+v, changed %t, %v", what, rows, got, is, err)
		}
	}
	look("at first", true, News{Flows: 1})
	look("nothing", false, News{Flows: 1})
	add(t, db, exchange("GET", "/new", 200, ""))
	look("a flow", true, News{Flows: 2, Rows: []Row{{Seq: 2}}})
	add(t, db, exchange("POST", "/other", 200, ""))
	look("another flow", true, News{Flows: 3})
	pending := exchange("GET", "/pending", 200, "")
	done := pending
	pending.Done, pending.Response = false, nil
	add(t, db, pending)
	look("a request", true, News{Flows: 4})
	add(t, db, done)
	look("its answer", true, News{Flows: 4, Rows: []Row{{Seq: 4}}})
	other := pending
	other.ID = flow.NewID()
	add(t, db, other)
	look("another request", true, News{Flows: 5})
	other.Done, other.Response = true, &flow.Response{Status: 500}
	add(t, db, other)
	look("another answer", true, News{Flows: 5, Gone: []flow.Seq{6}})
	if n, err := db.Delete(t.Context(), store.Query{Until: 1}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	look("a deletion", true, News{Flows: 4, Deleted: true})
	look("nothing again", false, News{Flows: 4})
	r.read = time.Time{}
	var many []flow.Flow
	for range minNews {
		many = append(many, exchange("POST", "/n", 200, ""))
	}
	add(t, db, many...)
	look("as many as are read", true, News{Flows: 4 + minNews})
	r.read = time.Time{}
	add(t, db, append(many, exchange("POST", "/n", 200, ""))...)
	at := r.at
	got, changed, err := r.next(t.Context())
	if err != nil || !changed {
		t.Fatal(err)
	}
	st, err := db.Stat(t.Context())
	if err != nil || got.Gap == nil || got.Gap.After != at || got.Gap.Before != st.Last-newestNews+1 || r.at != st.Last {
		t.Errorf("too many: %+v, at %d of %d", got.Gap, r.at, st.Last)
	}
}
