package mcpclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

// scriptedServer returns the URL of a server with the answers of a function, and what it was asked:
// the methods with their parameters.
func scriptedServer(t *testing.T, answer func(method string) string) (url string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			ID     json.RawMessage
			Method string
			Params json.RawMessage
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || len(q.ID) == 0 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		*asked = append(*asked, q.Method+" "+string(q.Params))
		body := answer(q.Method)
		if q.Method == "initialize" && body == "" {
			body = `"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{},"resources":{},"prompts":{}},"serverInfo":{"name":"s","version":"0"}}`
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%s,%s}`, q.ID, body)
	}), asked
}

// pages returns the answers of a list of two pages.
func pages(member string) func() string {
	n := 0
	return func() string {
		if n++; n%2 == 1 {
			return `"result":{"` + member + `":[{"name":"z","uri":"u:z","uriTemplate":"t:z","inputSchema":{}}],"nextCursor":"two"}`
		}
		return `"result":{"` + member + `":[{"name":"a","uri":"u:a","uriTemplate":"t:a","inputSchema":{}}]}`
	}
}

// TestListsOfPages reads the pages of each list with the cursors of the server.
func TestListsOfPages(t *testing.T) {
	tools, resources, templates, prompts := pages("tools"), pages("resources"), pages("resourceTemplates"), pages("prompts")
	refusal := ""
	url, asked := scriptedServer(t, func(method string) string {
		switch method {
		case "tools/list":
			return tools()
		case "resources/list":
			return resources()
		case "resources/templates/list":
			if refusal != "" {
				return refusal
			}
			return templates()
		case "prompts/list":
			return prompts()
		}
		return ""
	})
	s, err := Connect(t.Context(), Config{Target: Target{URL: url}, Version: "1.2"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if all := s.Tools(); len(all) != 2 || all[0].Name != "a" || all[1].Name != "z" {
		t.Errorf("the tools are not sorted: %v", all)
	}
	hello := (*asked)[0]
	if !strings.Contains(hello, `"name":"spectap"`) || !strings.Contains(hello, `"version":"1.2"`) || !strings.Contains(hello, mcp.LATEST_PROTOCOL_VERSION) {
		t.Errorf("it was greeted with %s", hello)
	}
	cursors := func(method string) (n int) {
		for _, q := range *asked {
			if strings.HasPrefix(q, method+" ") && strings.Contains(q, `"cursor":"two"`) {
				n++
			}
		}
		return n
	}
	found, shapes, err := s.Resources(t.Context())
	if err != nil || len(found) != 2 || len(shapes) != 2 {
		t.Errorf("%s, %s, %v", found, shapes, err)
	}
	list, err := s.Prompts(t.Context())
	if err != nil || len(list) != 2 {
		t.Errorf("%s, %v", list, err)
	}
	for _, method := range []string{"tools/list", "resources/list", "resources/templates/list", "prompts/list"} {
		if n := cursors(method); n != 1 {
			t.Errorf("%s was asked for its second page %d times", method, n)
		}
	}
	refusal = `"error":{"code":-32601,"message":"unknown"}`
	if found, shapes, err := s.Resources(t.Context()); err != nil || len(found) != 2 || len(shapes) != 0 {
		t.Errorf("without templates: %s, %s, %v", found, shapes, err)
	}
	refusal = `"error":{"code":-32000,"message":"broken"}`
	var refused *ServerError
	if _, _, err := s.Resources(t.Context()); !errors.As(err, &refused) || refused.Message != "broken" || !strings.HasPrefix(err.Error(), "list resourceTemplates: ") {
		t.Errorf("broken templates: %v", err)
	}
	s.stale.Store(true)
	if err := s.Refresh(t.Context()); err != nil || s.stale.Load() {
		t.Errorf("the list is stale after it was read: %v", err)
	}
	n := len(*asked)
	s.capabilities = mcp.ServerCapabilities{}
	_, _, err = s.Resources(t.Context())
	_, err2 := s.Prompts(t.Context())
	if err := errors.Join(err, err2, s.Refresh(t.Context())); err != nil || len(*asked) != n {
		t.Errorf("a server without lists was asked %q, %v", (*asked)[n:], err)
	}
}

// TestListFailures says which list failed.
func TestListFailures(t *testing.T) {
	answer := ""
	url, _ := scriptedServer(t, func(method string) string {
		if method == "tools/list" {
			return `"result":{"tools":[]}`
		}
		return answer
	})
	s := connect(t, url, nil)
	for _, tt := range []struct{ answer, want string }{
		{`"error":{"code":-32601,"message":"unknown"}`, "the server refused: unknown (-32601)"},
		{`"result":{"resources":5,"prompts":5}`, "read a page"},
		{`"result":{"resources":[],"prompts":[],"nextCursor":5}`, "read the cursor"},
	} {
		answer = tt.answer
		_, _, err := s.Resources(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), "list resources: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("resources, %s: %v", tt.answer, err)
		}
		if _, err := s.Prompts(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "list prompts: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("prompts, %s: %v", tt.answer, err)
		}
	}
}

// TestEndlessList ends a list when a cursor comes again, and takes as many items as the limit says.
func TestEndlessList(t *testing.T) {
	for _, tt := range []struct {
		name    string
		cursors []string
		items   int // of each page
		want    int // pages
		fails   string
	}{
		{"the same cursor", []string{"a", "a", ""}, 1, 2, "list tools: the server's pages never end"},
		{"a cycle", []string{"a", "b", "a", ""}, 1, 3, "list tools: the server's pages never end"},
		{"as many items as are allowed", []string{"a", ""}, maxItems / 2, 2, ""},
	} {
		n := 0
		all, err := (&Session{}).list(t.Context(), "tools", func(ctx context.Context, c mcp.Cursor) error {
			if n > 0 && string(c) != tt.cursors[n-1] {
				t.Errorf("%s: page %d has the cursor %q", tt.name, n, c)
			}
			ctx.Value(rawAnswerKey{}).(*rawAnswer).result = fmt.Appendf(nil, `{"tools":[%s0],"nextCursor":%q}`, strings.Repeat("0,", tt.items-1), tt.cursors[n])
			n++
			return nil
		})
		if n != tt.want || (err == nil) != (tt.fails == "") || err != nil && err.Error() != tt.fails || err == nil && len(all) != tt.items*tt.want {
			t.Errorf("%s: %d items of %d pages, %v", tt.name, len(all), n, err)
		}
	}
}

// TestCallsInProgress lets the server ask the person only during calls.
func TestCallsInProgress(t *testing.T) {
	f := &Form{In: &typedLines{}, Out: io.Discard}
	during := map[string]bool{}
	url, _ := scriptedServer(t, func(method string) string {
		if f.callInProgress != nil {
			during[method] = f.callInProgress()
		}
		switch method {
		case "tools/list":
			return `"result":{"tools":[]}`
		case "initialize":
			return ""
		}
		return `"error":{"code":-32000,"message":"no"}`
	})
	s := connect(t, url, f)
	for range 2 {
		s.Call(t.Context(), "x", json.RawMessage(`{}`))
		s.Read(t.Context(), "x:")
		s.Prompt(t.Context(), "x", nil)
		s.Prompts(t.Context())
		if f.callInProgress() {
			t.Error("a call is in progress after its end")
		}
	}
	for method, want := range map[string]bool{"initialize": false, "tools/list": false, "tools/call": true, "resources/read": true, "prompts/get": true, "prompts/list": false} {
		if got, asked := during[method]; got != want || !asked {
			t.Errorf("%s: in progress %t, asked %t", method, got, asked)
		}
	}
}

// TestTooManyItems counts the items of a page of each list.
func TestTooManyItems(t *testing.T) {
	for member, key := range map[string]string{"tools": "tools", "resources/templates": "resourceTemplates"} {
		for n, want := range map[int]bool{maxItems: false, maxItems + 1: true} {
			raw := json.RawMessage(`{"` + key + `":[` + strings.Repeat("0,", n-1) + `0]}`)
			if got := tooMany(raw, member); got != want {
				t.Errorf("%d %s: %t", n, member, got)
			}
		}
	}
	for _, raw := range []string{``, `[]`, `{"tools":5}`, `{"tools":{}}`, `{}`} {
		if tooMany(json.RawMessage(raw), "tools") {
			t.Errorf("%s has too many tools", raw)
		}
	}
}

// data is a reader of a text, as often as it is read.
type data string

func (d data) Read(p []byte) (int, error) { return copy(p, d), nil }

// TestLimitReader checks at which count each limit is exceeded.
func TestLimitReader(t *testing.T) {
	for _, tt := range []struct {
		name string
		set  func(l *limitReader, over int64)
		want *limitError
	}{
		{"bytes of a message", func(l *limitReader, over int64) { l.n = maxMessage + int(over) }, errTooLarge},
		{"values of a message", func(l *limitReader, over int64) { l.values.n = maxValues + int(over) }, errValues},
		{"bytes since a question", func(l *limitReader, over int64) { l.behind = maxMessage + int(over) }, errRequests},
		{"questions", func(l *limitReader, over int64) { l.in.asked.Store(maxRequests + over) }, errRequests},
		{"answers that are sent", func(l *limitReader, over int64) { l.in.sending.Store(maxRequests + over) }, errRequests},
		{"both", func(l *limitReader, over int64) { l.in.asked.Store(4); l.in.sending.Store(maxRequests - 4 + over) }, errRequests},
	} {
		for over := range int64(2) {
			l := &limitReader{r: data("abc"), in: new(intake), every: endNever}
			tt.set(l, over)
			n, err := l.Read(make([]byte, 10))
			if over == 0 && (n != 3 || err != nil) || over == 1 && (n != 0 || err != error(tt.want) || l.in.exceeded.Load() != tt.want) {
				t.Errorf("%s, %d too many: %d bytes, %v", tt.name, over, n, err)
			}
		}
	}
	l := &limitReader{r: data("[1,\n[2,"), in: new(intake), every: endLine}
	for i := range 3 {
		l.in.asked.Store(int64(i))
		if _, err := l.Read(make([]byte, 10)); err != nil {
			t.Fatal(err)
		}
		if l.n != 3 || l.values.n != 2 || l.behind != 7*i {
			t.Errorf("after %d reads: %d bytes and %d values of a message, %d bytes since a question", i+1, l.n, l.values.n, l.behind)
		}
	}
	l.every = endNever
	if l.Read(make([]byte, 10)); l.n != 10 || l.values.n != 6 {
		t.Errorf("%d bytes and %d values of a message that goes on", l.n, l.values.n)
	}
}

// TestEnds finds the end of the last message in what was read.
func TestEnds(t *testing.T) {
	events := eventEnds()
	for _, tt := range []struct {
		every func([]byte) int
		data  string
		want  int
	}{
		{endLine, "abc", -1}, {endLine, "a\nb\nc", 4}, {endLine, "\n", 1}, {endLine, "", -1}, {endNever, "a\n\n", -1},
		{events, "", -1}, {events, "data: a\n", -1}, {events, "\ndata: b\n", 1}, {events, "\r\nc\r\n\r\nd", 7}, {events, "\r\n", -1}, {events, "\n\n", 2}, {events, "e\n\nf\n\n", 6},
	} {
		if got := tt.every([]byte(tt.data)); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.data, got, tt.want)
		}
	}
}

// TestCounted counts the requests of the server that are being answered.
func TestCounted(t *testing.T) {
	in, failed := new(intake), errors.New("no")
	h := in.counted(func(context.Context, transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
		if n := in.asked.Load(); n != 1 {
			t.Errorf("%d questions while one is answered", n)
		}
		return nil, failed
	})
	for range 2 {
		if _, err := h(t.Context(), transport.JSONRPCRequest{}); !errors.Is(err, failed) || in.asked.Load() != 0 {
			t.Errorf("%v, %d questions after the answer", err, in.asked.Load())
		}
	}
}

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLimitTransport limits each message of a response, by its media type.
func TestLimitTransport(t *testing.T) {
	for media, want := range map[string]int{"application/json": 12, "text/event-stream; charset=utf-8": 3, "": 12} {
		in := new(intake)
		res, err := limitTransport{roundTrip(func(*http.Request) (*http.Response, error) {
			if n := in.sending.Load(); n != 1 {
				t.Errorf("%d requests while one is sent", n)
			}
			return &http.Response{Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(strings.NewReader("data: a\n\nabc"))}, nil
		}), in}.RoundTrip(nil)
		if err != nil || in.sending.Load() != 0 {
			t.Fatal(err, in.sending.Load())
		}
		body, err := io.ReadAll(res.Body)
		l := res.Body.(struct {
			io.Reader
			io.Closer
		}).Reader.(*limitReader)
		if string(body) != "data: a\n\nabc" || err != nil || l.n != want || l.in != in {
			t.Errorf("%s: %q, %v, %d bytes of a message", media, body, err, l.n)
		}
	}
	failed := errors.New("no connection")
	in := new(intake)
	res, err := limitTransport{roundTrip(func(*http.Request) (*http.Response, error) { return nil, failed }), in}.RoundTrip(nil)
	if res != nil || err != failed || in.sending.Load() != 0 {
		t.Errorf("%v, %v, %d", res, err, in.sending.Load())
	}
}

// TestHTTPTargets sends all values of a header, and follows redirects within the origin.
func TestHTTPTargets(t *testing.T) {
	for hops, want := range map[int]string{0: "", 5: "", 6: "the server redirects more than five times"} {
		got := ""
		inner, _ := scriptedServer(t, func(method string) string {
			if method == "tools/list" {
				return `"result":{"tools":[]}`
			}
			return ""
		})
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/")); n < hops {
				http.Redirect(w, r, fmt.Sprint("/", n+1), http.StatusTemporaryRedirect)
				return
			}
			got = r.Header.Get("X-Many")
			q, _ := http.NewRequest(r.Method, inner, r.Body)
			res, err := http.DefaultTransport.RoundTrip(q)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			w.Header().Set("Content-Type", res.Header.Get("Content-Type"))
			w.WriteHeader(res.StatusCode)
			io.Copy(w, res.Body)
		})
		s, err := Connect(t.Context(), Config{Target: Target{URL: url, Header: http.Header{"X-Many": {"a", "b"}}}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || err == nil && got != "a, b" {
			t.Errorf("%d redirects: %v, the header is %q", hops, err, got)
		}
		if err == nil {
			s.Close()
		}
	}
	for want, target := range map[string]Target{
		"a URL and a command exclude each other": {URL: "http://a.example", Command: []string{"x"}}, "a URL or a command is required": {},
		"start the server: exec: \"spectap-none\": executable file not found in $PATH": {Command: []string{"spectap-none"}},
	} {
		if _, err := Connect(t.Context(), Config{Target: target}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestChildEnds says how a child ended, and passes on its stderr.
func TestChildEnds(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	const hello = `{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s","version":"1"}}}`
	var errs strings.Builder
	s, err := Connect(t.Context(), Config{Target: Target{Command: []string{"sh", "-c", `echo starts >&2; read x; echo "$0"; read x; echo ends >&2; exit 3`, hello}, Stderr: &errs}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Call(t.Context(), "x", json.RawMessage(`{}`))
	if !errors.Is(err, ErrEnded) || err.Error() != "the server ended (exit status 3)" {
		t.Errorf("%v", err)
	}
	if got := errs.String(); got != "server: starts\nserver: ends\n" {
		t.Errorf("its stderr is %q", got)
	}
	s, err = Connect(t.Context(), Config{Target: Target{Command: []string{"sh", "-c", `read x; echo "$0"; cat > /dev/null; exit 4`, hello}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err == nil || err.Error() != "exit status 4" {
		t.Errorf("closed: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}
