package mcpclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
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
	s := must.Get(Connect(t.Context(), Config{Target: Target{URL: url}, Version: "1.2"}))
	defer s.Close()
	if all := s.Tools(); len(all) != 2 || all[0].Name != "a" || all[1].Name != "z" {
		t.Errorf("the tools are not sorted: %v", all)
	}
	for i, want := range []string{"server/discover ", "initialize "} {
		if hello := (*asked)[i]; !strings.HasPrefix(hello, want) || !strings.Contains(hello, `"name":"spectap"`) || !strings.Contains(hello, `"version":"1.2"`) {
			t.Errorf("it was greeted with %s", hello)
		}
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
	if _, _, err := s.Resources(t.Context()); !errors.As(err, &refused) || refused.Message != "broken" || !strings.HasPrefix(err.Error(), "list resources/templates: ") {
		t.Errorf("broken templates: %v", err)
	}
	s.stale.Store(true)
	if err := s.Refresh(t.Context()); err != nil || s.stale.Load() {
		t.Errorf("the list is stale after it was read: %v", err)
	}
	n := len(*asked)
	s.capabilities = capabilities{}
	_, _, err = s.Resources(t.Context())
	_, err2 := s.Prompts(t.Context())
	if err := errors.Join(err, err2, s.Refresh(t.Context())); err != nil || len(*asked) != n {
		t.Errorf("a server without lists was asked %q, %v", (*asked)[n:], err)
	}
}

// TestEndlessList ends a list when a cursor comes again, and takes as many items as the limit says,
// in all pages together.
func TestEndlessList(t *testing.T) {
	if testing.Short() {
		t.Skip("sends many megabytes")
	}
	const page = maxItems / 2
	for _, tt := range []struct {
		name    string
		cursors []string
		items   int // of each page
		text    int // bytes of each page
		want    int // pages
		fails   string
	}{
		{"the same cursor", []string{"a", "a", ""}, 1, 0, 2, "list resources: the server's pages never end"},
		{"a cycle", []string{"a", "b", "a", ""}, 1, 0, 3, "list resources: the server's pages never end"},
		{"as many items as are allowed", []string{"a", ""}, page, 0, 2, ""},
		{"more items", []string{"a", "b", ""}, page, 0, 3, errItems.Error()},
		{"more bytes", []string{"a", "b", ""}, 1, maxMessage/2 - 100, 3, errItems.Error()},
		{"many values", []string{""}, maxValues - 8, 0, 1, errItems.Error()},
		{"more values", []string{""}, maxValues, 0, 1, errValues.Error()},
		{"values in a text", []string{""}, 1, 2 * maxValues, 1, ""},
	} {
		n := 0
		url, _ := scriptedServer(t, func(method string) string {
			if method != "resources/list" {
				return map[bool]string{true: `"result":{"tools":[],"resourceTemplates":[]}`}[strings.HasSuffix(method, "list")]
			}
			n++
			return fmt.Sprintf(`"result":{"x":"%s","resources":[%s0],"nextCursor":%q}`, strings.Repeat(",", tt.text), strings.Repeat("0,", tt.items-1), tt.cursors[n-1])
		})
		all, _, err := connect(t, url, nil).Resources(t.Context())
		if n != tt.want || (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) || err == nil && len(all) != tt.items*tt.want {
			t.Errorf("%s: %d items of %d pages, %v", tt.name, len(all), n, err)
		}
	}
}

// TestQuestionsDuringCalls puts a question to the person during calls only, in either place where a
// server may ask.
func TestQuestionsDuringCalls(t *testing.T) {
	const question = `{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"Now?"}}`
	answered := make(chan string, 1)
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		m, err := jsonrpc.Parse(body)
		switch {
		case err != nil || m.IsNotification():
			w.WriteHeader(http.StatusAccepted)
		case m.IsResponse():
			answered <- string(m.Result)
			w.WriteHeader(http.StatusAccepted)
		case m.Method == "initialize":
			w.Header().Set("Content-Type", "application/json")
			w.Write(jsonrpc.Response(m.ID, []byte(`{"protocolVersion":"2025-06-18","capabilities":{"prompts":{}}}`)).Text)
		case m.Method == "server/discover":
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\n\n", question)
			w.(http.Flusher).Flush()
			fmt.Fprintf(w, "data: %s\n\n", jsonrpc.Response(m.ID, fmt.Appendf(nil, `{"was":%s}`, <-answered)).Text)
		}
	})
	var out, notes strings.Builder
	s := connect(t, url, &Form{In: &shownPrompts{out: &out, typed: []string{"y", "y", "y"}}, Out: &out, Notes: &notes})
	for name, call := range map[string]func() (json.RawMessage, error){
		"call":   func() (json.RawMessage, error) { return s.Call(t.Context(), "x", json.RawMessage(`{}`)) },
		"read":   func() (json.RawMessage, error) { return s.Read(t.Context(), "x:") },
		"prompt": func() (json.RawMessage, error) { return s.Prompt(t.Context(), "x", nil) },
	} {
		if got, err := call(); err != nil || string(got) != `{"was":{"action":"accept","content":{}}}` {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
	if strings.Count(out.String(), "Now?") != 3 || notes.Len() > 0 {
		t.Errorf("asked %q, noted %q", &out, &notes)
	}
	if _, err := s.Prompts(t.Context()); err != nil || strings.Count(out.String(), "Now?") != 3 || !strings.Contains(notes.String(), "outside of a call") {
		t.Errorf("asked %q, noted %q, %v", &out, &notes, err)
	}
}

// TestTooMuch says which limit a server exceeds that sends too much, and ends the connection to one
// that asks more than it is answered.
func TestTooMuch(t *testing.T) {
	if testing.Short() {
		t.Skip("sends many megabytes")
	}
	endless := func(media, start string) Target {
		return Target{URL: serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", media)
			io.WriteString(w, start)
			for chunk := strings.Repeat("x", 1<<20); r.Context().Err() == nil; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		})}
	}
	const question = `{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"m"}}`
	for name, x := range map[string]struct {
		target Target
		want   string
	}{
		"a message":         {endless("application/json", `{"jsonrpc":"2.0","id":1,"result":{"a":"`), "larger than 33554432 bytes"},
		"an event":          {endless("text/event-stream", `data: {"jsonrpc":"2.0","id":1,"result":{"a":"`), "larger than 33554432 bytes"},
		"a line":            {shell(`read x; read y; head -c 40000000 /dev/zero | tr '\000' x; echo; exec sleep 9`), "larger than 33554432 bytes"},
		"questions":         {shell(`while read x; do case "$x" in *initialize*) yes '` + question + `';; esac; done`), errQuestions.Error()},
		"lines of no sense": {shell(`echo starting; while read x; do echo "got $x"; case "$x" in *initialize*) exit 3;; esac; done`), "the server ended (exit status 3)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // one that does not read ends late
			notes := &slowWriter{t.Context().Done()}
			s, err := Connect(t.Context(), Config{Target: x.target, Form: &Form{Out: io.Discard, Notes: notes}})
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), x.want) {
				t.Errorf("%v, want %s", err, x.want)
			}
		})
	}
}

// slowWriter does not write before the end of the test.
type slowWriter struct{ done <-chan struct{} }

func (w *slowWriter) Write(p []byte) (int, error) {
	<-w.done
	return len(p), nil
}

// shell is a server that is a script. It has its input and output in its own hands.
func shell(script string) Target { return Target{Command: []string{"sh", "-c", script}} }

// TestHTTPTargets sends all values of a header, and follows redirects within the origin.
func TestHTTPTargets(t *testing.T) {
	for hops, want := range map[int]string{0: "", 5: "", 6: "one of more than 5"} {
		var got atomic.Value
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
			got.Store(r.Header.Get("X-Many"))
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
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || err == nil && got.Load() != "a, b" {
			t.Errorf("%d redirects: %v, the header is %q", hops, err, got.Load())
		}
		if err == nil {
			s.Close()
		}
	}
	thief := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another origin got %s with %q", r.Method, r.Header)
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief+"/mcp", status) })
		if _, err := Connect(t.Context(), Config{Target: Target{URL: url, Header: http.Header{"X-Api-Key": {"secret"}}}}); err == nil {
			t.Errorf("%d to another origin is followed", status)
		}
	}
	var authorization string
	url := serve(t, func(w http.ResponseWriter, r *http.Request) { authorization = r.Header.Get("Authorization") })
	Connect(t.Context(), Config{Target: Target{URL: strings.Replace(url, "://", "://me:secret@", 1)}})
	if authorization != "Basic bWU6c2VjcmV0" {
		t.Errorf("the user of the URL is sent as %q", authorization)
	}
	for want, target := range map[string]Target{
		"a URL and a command exclude each other": {URL: "http://a.example", Command: []string{"x"}}, "a URL or a command is required": {},
		"start the MCP server spectap-none: executable file not found in $PATH: type command -v spectap-none to see whether the shell finds it, or give its whole path": {Command: []string{"spectap-none"}},
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
	const hello = `while read x; do case "$x" in
*initialize*) echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{}}}';;
*discover*) echo '{"jsonrpc":"2.0","id":'$(echo "$x" | sed 's/.*"id":\("[^"]*"\).*/\1/')',"error":{"code":-32601,"message":"no"}}';;
*call*) echo ends >&2; exit 3;;
esac; done; exit 4`
	var errs strings.Builder
	target := shell("echo starts >&2; " + hello)
	target.Stderr = &errs
	for _, call := range []bool{true, false} {
		s, err := Connect(t.Context(), Config{Target: target})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if call {
				if _, err = s.Call(t.Context(), "x", json.RawMessage(`{}`)); !errors.Is(err, ErrEnded) || err.Error() != "the server ended (exit status 3)" {
					t.Errorf("%v", err)
				}
			} else if err := s.Close(); err == nil || err.Error() != "exit status 4" {
				t.Errorf("closed: %v", err)
			}
		}
	}
	if got := errs.String(); got != "server: starts\nserver: ends\nserver: starts\n" {
		t.Errorf("its stderr is %q", got)
	}
}
