package traffic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// open returns a panel over an empty store.
func open(t *testing.T) (*panel, *store.DB, *bytes.Buffer) {
	t.Helper()
	db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	t.Cleanup(func() { db.Close() })
	var log bytes.Buffer
	c := Config{
		Store: db, Redact: redact.New([]byte("key"), redact.Config{}), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Documents: catalog.NewBackground(t.Context(), catalog.New(catalog.Config{Store: db})),
	}
	return &panel{c, newOperations(c.Store, c.Documents)}, db, &log
}

// exchange returns a complete flow.
func exchange(method, path string, status int, body string) flow.Flow {
	f := flow.Flow{ID: flow.NewID(), Source: "proxy", Started: time.Unix(1_790_000_000, 0), Took: 1500 * time.Microsecond, Done: true}
	path, query, _ := strings.Cut(path, "?")
	f.Request = flow.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: query, Proto: "HTTP/1.1"}
	f.Response = &flow.Response{
		Status: status, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
		Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
	}
	return f
}

func add(t *testing.T, db *store.DB, fs ...flow.Flow) {
	t.Helper()
	must.Get(db.Append(t.Context(), fs...))
}

func seqs(rows []Row) (out []flow.Seq) {
	for _, r := range rows {
		out = append(out, r.Seq)
	}
	return out
}

// Pages of rows together have each flow that the filter selects once, the newest first.
func TestRows(t *testing.T) {
	p, db, _ := open(t)
	var things []flow.Flow
	for i := range 1500 {
		things = append(things, exchange([]string{"GET", "POST"}[i%2], fmt.Sprintf("/things/%d?n=%d", i, i), 200+i%3, `{"a":1}`))
	}
	add(t, db, things...)
	for _, x := range []struct {
		filter string
		limit  int
		want   int
	}{{"", 100, 1500}, {"", 5000, 1500}, {"method:POST", 7, 750}, {"path:/things/77", 3, 11}, {"body:nothing", 10, 0}, {"status:200 method:GET", 50, 250}} {
		t.Run(x.filter+strconv.Itoa(x.limit), func(t *testing.T) {
			var all []flow.Seq
			q := RowsQuery{Filter: x.filter, Limit: x.limit}
			for {
				r := must.Get(p.rows(t.Context(), q))
				if r.Last != 1500 || r.Flows != 1500 || len(r.Rows) > x.limit {
					t.Fatalf("last %d, flows %d, %d rows", r.Last, r.Flows, len(r.Rows))
				}
				all = append(all, seqs(r.Rows)...)
				if q.Before = r.Next; r.Next == 0 {
					break
				}
			}
			if len(all) != x.want || !slices.IsSortedFunc(all, func(a, b flow.Seq) int { return int(b) - int(a) }) {
				t.Errorf("%d rows, want %d", len(all), x.want)
			}
		})
	}
	r, err := p.rows(t.Context(), RowsQuery{After: 1490, Before: 1495, Limit: 100})
	if err != nil || !slices.Equal(seqs(r.Rows), []flow.Seq{1494, 1493, 1492, 1491}) {
		t.Errorf("between two records: %v %v", seqs(r.Rows), err)
	}
	if row := r.Rows[0]; row.Took != 1.5 || row.Status != 202 || row.Type != "application/json" || row.Size != 7 {
		t.Errorf("the row %+v", row)
	}
}

func TestFilterMistake(t *testing.T) {
	p, _, _ := open(t)
	_, err := p.rows(t.Context(), RowsQuery{Filter: "method:GET status:abc", Limit: 1})
	var e *wire.Error
	if !asError(err, &e) || e.Column != 19 {
		t.Errorf("%v", err)
	}
	for filter, want := range map[string]int{"method:GET status:abc": 19, "status:abc": 8, "method:GET": 0, "": 0} {
		got, err := p.checkFilter(t.Context(), FilterText{filter})
		if err != nil || got.Column != want || (got.Mistake != "") != (want > 0) {
			t.Errorf("%q: %+v, %v", filter, got, err)
		}
	}
}

func asError(err error, to **wire.Error) bool {
	e, ok := err.(*wire.Error)
	*to = e
	return ok
}

// follow runs the feed until it has sent n rows, and returns all news.
func follow(t *testing.T, p *panel, filter, last string, done func([]News) bool) (all []News, at string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := p.flows(ctx, FilterText{filter}, last, func(to string, n News) error {
		all, at = append(all, n), to
		if done(all) {
			cancel()
		}
		return nil
	})
	if !done(all) {
		t.Fatalf("the feed ended early: %v", err)
	}
	return all, at
}

func rowsOf(all []News) (out []Row) {
	for _, n := range all {
		out = append(out, n.Rows...)
	}
	return out
}

// fill returns the rows of a gap.
func fill(t *testing.T, p *panel, g *Gap) (out []Row) {
	t.Helper()
	for q := (RowsQuery{After: g.After, Before: g.Before, Limit: maxRows}); ; {
		r := must.Get(p.rows(t.Context(), q))
		out = append(out, r.Rows...)
		if q.Before = r.Next; q.Before == 0 {
			return out
		}
	}
}

// No flow is missing while flows arrive quickly, also if the page reconnects meanwhile. The rows of
// the feed and of its gaps are all flows, each once.
func TestFeedMissesNothing(t *testing.T) {
	p, db, _ := open(t)
	const total = 6000
	go func() {
		for i := 0; i < total; i += 20 {
			var fs []flow.Flow
			for j := range 20 {
				fs = append(fs, exchange("GET", fmt.Sprintf("/n/%d", i+j), 200, "{}"))
			}
			if _, err := db.Append(t.Context(), fs...); err != nil {
				t.Error(err)
			}
		}
	}()
	seen := map[flow.Seq]bool{}
	for at := "0"; len(seen) < total; {
		var news []News
		news, at = follow(t, p, "", at, func(all []News) bool { return len(rowsOf(all)) > 0 }) // then reconnects
		for _, n := range news {
			rows := n.Rows
			if n.Gap != nil {
				rows = append(rows, fill(t, p, n.Gap)...)
			}
			for _, r := range rows {
				if seen[r.Seq] {
					t.Fatalf("flow %d was sent twice", r.Seq)
				}
				seen[r.Seq] = true
			}
		}
	}
}

// A page that is far behind gets the newest rows first.
func TestFeedGap(t *testing.T) {
	p, db, _ := open(t)
	var fs []flow.Flow
	for i := range 3000 {
		fs = append(fs, exchange("GET", fmt.Sprintf("/n/%d", i), 200, ""))
	}
	add(t, db, fs...)
	all, _ := follow(t, p, "", "0", func(all []News) bool { return len(all) > 0 })
	gap := all[0].Gap
	if gap == nil || gap.After != 0 || gap.Before != 2951 || len(all[0].Rows) != newestNews {
		t.Fatalf("gap %+v, %d rows", gap, len(all[0].Rows))
	}
	if n := len(fill(t, p, gap)); n != 2950 {
		t.Errorf("%d rows in the gap", n)
	}
}

// A flow that no longer matches in its new state is removed, and deletions restart the list.
func TestFeedChanges(t *testing.T) {
	p, db, _ := open(t)
	open := exchange("GET", "/slow", 200, "{}")
	open.Done, open.Response = false, nil
	add(t, db, open)
	step := 0
	all, _ := follow(t, p, "is:pending", "0", func(all []News) bool {
		n := all[len(all)-1]
		switch {
		case step == 0 && len(n.Rows) == 1:
			done := exchange("GET", "/slow", 200, "{}")
			done.ID = open.ID
			add(t, db, done)
			step = 1
		case step == 1 && len(n.Gone) == 1:
			if _, err := db.Delete(t.Context(), store.Query{}); err != nil {
				t.Error(err)
			}
			step = 2
		case step == 2 && n.Deleted:
			step = 3
		}
		return step == 3
	})
	if len(all) < 3 {
		t.Errorf("%d events", len(all))
	}
}

// planted is a secret in each place of a flow.
const planted = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

func plantedFlow() flow.Flow {
	f := exchange("POST", "/token/"+planted+"?api_key="+planted, 101, "")
	f.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer " + planted}, {Name: "Content-Type", Value: "application/json"}}
	f.Request.Body = flow.Body{Data: []byte(`{"password":"` + planted + `"}`), Size: 50}
	f.Response.Header = flow.Header{{Name: "Set-Cookie", Value: "session=" + planted}, {Name: "Content-Type", Value: "text/plain"}}
	f.Response.Trailer = flow.Header{{Name: "X-Api-Key", Value: planted}}
	f.Response.Body = flow.Body{Data: []byte("token: " + planted), Size: 40}
	f.Messages = []flow.Message{{Kind: flow.Text, FromClient: true, Data: []byte(`{"token":"` + planted + `"}`), Size: 40}}
	f.Err = "dial with token=" + planted
	return f
}

// No call but the two that reveal shows a secret, and those leave a line in the log without it.
func TestSecrets(t *testing.T) {
	p, db, log := open(t)
	add(t, db, plantedFlow(), plantedFlow())
	command := []string{"curl", "-H", "Authorization: Bearer " + planted, "http://localhost/?api_key=" + planted}
	must.Get(db.BeginSession(t.Context(), store.Session{Command: command}))
	declared := Panel(p.Config)
	arguments := map[string]string{
		"sessions": `{}`,
		"rows":     `{"filter":"","limit":10}`, "flow": `{"seq":1}`, "body": `{"seq":1,"response":true}`, "answer": `{"seq":1}`, "messages": `{"seq":1}`,
		"place": `{"seq":1}`, "archive": `{"flows":[1],"filter":""}`, "compare": `{"a":1,"b":2}`, "language": `{}`, "recorder": `{}`,
		"checkFilter": `{"filter":""}`, "operations": `{}`, "assign": `{}`, "code": `{"seq":1,"framework":"curl"}`,
		"trace": `{"value":"` + planted[:12] + `"}`,
	}
	for _, c := range declared.Calls {
		in := arguments[c.Name]
		shows := strings.HasPrefix(c.Name, "reveal")
		if c.Name == "reveal" {
			in = `{"seq":1,"response":false,"part":"header","index":0}`
		} else if c.Name == "revealBody" {
			in = `{"seq":1,"response":true}`
		}
		log.Reset()
		text := answer(t, &c, in)
		if strings.Contains(text, planted) != shows {
			t.Errorf("%s: %s", c.Name, text)
		}
		if logged := strings.Contains(log.String(), "revealed"); logged != shows || strings.Contains(log.String(), planted) {
			t.Errorf("%s: the log has %q", c.Name, log.String())
		}
	}
	for _, in := range []string{`{"seq":1,"response":false}`, `{"seq":1,"response":true}`} {
		if text := answer(t, callNamed(declared, "body"), in); strings.Contains(text, planted) {
			t.Errorf("body %s: %s", in, text)
		}
	}
	for _, framework := range []string{"fetch", "requests", "curl"} {
		if text := answer(t, callNamed(declared, "code"), `{"seq":1,"framework":"`+framework+`"}`); strings.Contains(text, planted) {
			t.Errorf("%s: %s", framework, text)
		}
	}
	all, _ := follow(t, p, "", "0", func(all []News) bool { return len(rowsOf(all)) == 2 })
	if b, _ := json.Marshal(all); bytes.Contains(b, []byte(planted)) {
		t.Errorf("feed: %s", b)
	}
	// A filter reveals no secret either.
	r, err := p.rows(t.Context(), RowsQuery{Filter: "body:" + planted[:12], Limit: 10})
	if err != nil || len(r.Rows) > 0 {
		t.Errorf("a filter found a secret: %v %v", r, err)
	}
}

func callNamed(p wire.Panel, name string) *wire.Call {
	return &p.Calls[slices.IndexFunc(p.Calls, func(c wire.Call) bool { return c.Name == name })]
}

// answer returns the result of a call as text.
func answer(t *testing.T, c *wire.Call, in string) string {
	t.Helper()
	v, err := c.Answer(t.Context(), []byte(in))
	if err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	var b bytes.Buffer
	if f, ok := v.(*wire.File); ok {
		err = f.Write(&b)
	} else {
		err = wire.Encode(&b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReveal(t *testing.T) {
	p, db, _ := open(t)
	pending := exchange("GET", "/slow", 200, "")
	pending.Done, pending.Response = false, nil
	pending.Request.Trailer = flow.Header{{Name: "X-Api-Key", Value: planted}}
	add(t, db, plantedFlow(), pending)
	for _, x := range []struct {
		in   RevealQuery
		want string // part of the text; "" for an error
	}{
		{RevealQuery{1, false, "url", 0}, "api_key=" + planted},
		{RevealQuery{1, false, "header", 0}, "Bearer " + planted},
		{RevealQuery{1, true, "header", 0}, "session=" + planted},
		{RevealQuery{1, true, "trailer", 0}, planted},
		{RevealQuery{1, false, "message", 0}, planted},
		{RevealQuery{1, false, "error", 0}, planted},
		{RevealQuery{2, false, "trailer", 0}, planted},
		{RevealQuery{2, true, "header", 0}, ""},
		{RevealQuery{2, false, "error", 0}, ""},
		{RevealQuery{1, false, "message", -1}, ""},
		{RevealQuery{1, true, "trailer", 1}, ""},
		{RevealQuery{1, false, "header", 2}, ""},
		{RevealQuery{1, false, "header", -1}, ""},
		{RevealQuery{1, false, "message", 1}, ""},
		{RevealQuery{1, false, "body", 0}, ""},
		{RevealQuery{9, false, "url", 0}, ""},
	} {
		got, err := p.reveal(t.Context(), x.in)
		if (err != nil) != (x.want == "") || !strings.Contains(got.Text, x.want) {
			t.Errorf("%+v: %q %v", x.in, got.Text, err)
		}
	}
}

// The rows of an operation are those that its filter selects.
func TestOperations(t *testing.T) {
	p, db, _ := open(t)
	for i := range 40 {
		add(t, db, exchange("GET", fmt.Sprintf("/users/%d", 1000+i*7), 200, `{"id":1}`), exchange("GET", "/users", 200, `[]`),
			exchange("GET", "/users/me", 200, `{"me":true}`), exchange("GET", "/a(1)/b", 200, `{}`))
	}
	ops, err := p.operations.list(t.Context(), wire.None{})
	if err != nil || len(ops.Operations) == 0 || ops.Hosts["api.example.com"] != 160 {
		t.Fatalf("%+v %v", ops, err)
	}
	assigned, err := p.operations.assign(t.Context(), wire.None{})
	if err != nil || len(assigned.Flows) != 160 || assigned.Generation != ops.Generation {
		t.Fatalf("%d flows, generation %d, %v", len(assigned.Flows), assigned.Generation, err)
	}
	of := map[int][]flow.Seq{}
	for i, n := range assigned.Operations {
		of[n] = append(of[n], assigned.Flows[i])
	}
	for _, o := range ops.Operations {
		r, err := p.rows(t.Context(), RowsQuery{Filter: o.Filter, Limit: 1000})
		if err != nil {
			t.Fatalf("%s: %v", o.Filter, err)
		}
		got := seqs(r.Rows)
		slices.Sort(got)
		if !slices.Equal(got, of[o.Number]) || len(got) == 0 {
			t.Errorf("%s %s: %d flows, its filter %s selects %d", o.Method, o.Path, len(of[o.Number]), o.Filter, len(got))
		}
	}
	again, err := p.operations.list(t.Context(), wire.None{})
	if err != nil || again.Generation != ops.Generation {
		t.Errorf("generation %d became %d (%v)", ops.Generation, again.Generation, err)
	}
	place, err := p.place(t.Context(), FlowQuery{1})
	if err != nil || place.Path == "" || place.LeftOut != "" {
		t.Errorf("%+v %v", place, err)
	}
}

func TestPlaceOfLeftOut(t *testing.T) {
	p, db, _ := open(t)
	missing := exchange("GET", "/nothing", 404, `{}`)
	preflight := exchange("OPTIONS", "/users", 204, "")
	preflight.Request.Header = flow.Header{{Name: "Access-Control-Request-Method", Value: "GET"}}
	add(t, db, missing, preflight, exchange("GET", "/users", 200, "[]"))
	for seq, want := range map[flow.Seq]string{1: "404", 2: "preflight", 3: ""} {
		got, err := p.place(t.Context(), FlowQuery{seq})
		if err != nil || want == "" && got.LeftOut != "" || !strings.Contains(got.LeftOut, want) {
			t.Errorf("flow %d: %+v %v", seq, got, err)
		}
	}
}

func TestMessages(t *testing.T) {
	p, db, _ := open(t)
	f := exchange("GET", "/socket", 101, "")
	for i := range maxMessages + 5 {
		f.Messages = append(f.Messages, flow.Message{At: time.Duration(i) * time.Millisecond, FromClient: i%2 == 0, Kind: flow.Text, Data: []byte("hello"), Size: 5})
	}
	f.Messages = append(f.Messages, flow.Message{Kind: flow.Binary, Data: []byte{0xff, 0}, Size: 2})
	add(t, db, f)
	n := 0
	for {
		m, err := p.messages(t.Context(), MessagesQuery{1, n})
		if err != nil || m.Total != len(f.Messages) {
			t.Fatalf("%d of %d: %v", n, m.Total, err)
		}
		if n += len(m.Messages); len(m.Messages) == 0 || n == m.Total {
			if last := m.Messages[len(m.Messages)-1]; last.Kind != "binary" || len(last.Data) != 0 || !strings.Contains(last.Text, "digest [redacted:unread:") {
				t.Errorf("last: %+v", last)
			}
			break
		}
	}
}
