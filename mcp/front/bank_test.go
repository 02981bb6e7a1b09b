package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// bank is a server with tools that read, "read" and "hidden", and one that writes, "pay". It has
// prompts, resources and completions, too.
type bank struct {
	mcp      *server.MCPServer
	confirms guard.Policy
	// adjust, unless nil, changes what is known of a call and its preview.
	adjust func(name string, n *guard.Named, p *guard.Preview)
	// acting, unless nil, is called when a payment takes effect.
	acting func(payment)

	mu   sync.Mutex
	paid []int
}

// payment has the arguments of a call of "pay".
type payment struct {
	N         int    `json:"n"`
	How       string `json:"how,omitempty"`
	Confirmed bool   `json:"__confirmed,omitempty"`
}

func newBank() *bank {
	b := new(bank)
	b.mcp = server.NewMCPServer("bank", "1", server.WithToolCapabilities(true),
		server.WithResourceCapabilities(true, true), server.WithPromptCapabilities(true),
		server.WithCompletions(), server.WithPromptCompletionProvider(words{}), server.WithResourceCompletionProvider(words{}))
	for _, name := range []string{"read", "hidden"} {
		b.mcp.AddTool(mcp.NewTool(name, mcp.WithReadOnlyHintAnnotation(true), mcp.WithDestructiveHintAnnotation(false)), readBank)
	}
	b.mcp.AddTool(mcp.NewTool("pay"), b.pay)
	for _, name := range []string{"greet", "hidden"} {
		b.mcp.AddPrompt(mcp.NewPrompt(name, mcp.WithArgument("who")), func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			if r.Params.Arguments["who"] == "nobody" {
				return nil, errors.New("nobody to greet")
			}
			text := mcp.NewTextContent("hello " + r.Params.Arguments["who"])
			return mcp.NewGetPromptResult("", []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, text)}), nil
		})
	}
	read := func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		if strings.HasSuffix(r.Params.URI, "/broken") {
			return nil, errors.New("broken")
		}
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, Text: "text of " + r.Params.URI}}, nil
	}
	for _, uri := range []string{"x://a", "x://b", "x://broken", "x://hidden"} {
		b.mcp.AddResource(mcp.NewResource(uri, uri), read)
	}
	b.mcp.AddResourceTemplate(mcp.NewResourceTemplate("x://item/{id}", "item"), read)
	b.mcp.AddResourceTemplate(mcp.NewResourceTemplate("x://hidden/{id}", "hidden"), read)
	return b
}

func readBank(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	switch r.GetString("how", "") {
	case "refused":
		return mcp.NewToolResultError("no"), nil
	case "broken":
		return nil, errors.New("broken with secret-of-an-error")
	}
	return mcp.NewToolResultStructured(map[string]any{"secret": "x", "n": 1}, `{"secret":"x","n":1}`), nil
}

// words completes everything with one word.
type words struct{}

func (words) CompletePromptArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{"word"}}, nil
}

func (words) CompleteResourceArgument(_ context.Context, _ string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	if a.Value == "broken" {
		return nil, errors.New("broken")
	}
	return &mcp.Completion{Values: []string{"word"}}, nil
}

// pay takes effect only with a pass, and does what its preview showed.
func (b *bank) pay(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	pass := guard.PassOf(ctx)
	if pass == nil || pass.Preview == nil {
		return mcp.NewToolResultError("the call has no pass"), nil
	}
	p := pass.Prepared.(payment)
	if b.acting != nil {
		b.acting(p)
	}
	b.mu.Lock()
	b.paid = append(b.paid, p.N)
	b.mu.Unlock()
	if p.How == "lost" {
		pass.Failure = "no response"
		return mcp.NewToolResultError("lost"), nil
	}
	pass.Status = 201
	return mcp.NewToolResultStructured(map[string]any{"paid": p.N, "once": pass.Once}, "paid"), nil
}

// payments returns what was paid since the last call.
func (b *bank) payments() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := fmt.Sprint(b.paid)
	b.paid = nil
	return strings.Trim(all, "[]")
}

func (b *bank) MCP() *server.MCPServer { return b.mcp }

func (b *bank) Confirms() guard.Policy { return b.confirms }

func (b *bank) Read(_ context.Context, name string, args json.RawMessage) (guard.Named, bool) {
	t := b.mcp.GetTool(name)
	if t == nil {
		return guard.Named{}, false
	}
	n := guard.Named{
		Annotations: map[string]any{"readOnlyHint": name != "pay"}, Definition: func() string { return "definition of " + name },
		Arguments: func() (any, *guard.Inner) {
			all, _ := jsonvalue.Decode(jsontext.Value(args)).(map[string]any)
			delete(all, guard.Confirmed)
			return all, nil
		},
	}
	if t.Tool.RawOutputSchema != nil {
		n.Fits = jsonschema.Fits(t.Tool.RawOutputSchema)
	}
	if b.adjust != nil {
		b.adjust(name, &n, nil)
	}
	return n, true
}

func (b *bank) Preview(_ context.Context, name string, args json.RawMessage, _ bool) (*guard.Preview, json.Marshaler) {
	if name != "pay" {
		return nil, nil
	}
	var x payment
	if err := json.Unmarshal(args, &x); err != nil || x.N < 0 {
		return nil, failedText("the arguments are invalid")
	}
	confirmed := x.Confirmed
	x.Confirmed = false
	text := payText(x)
	p := &guard.Preview{
		Tool: name, Methods: guard.Methods{"POST"}, Confirmed: confirmed, Sent: "POST /pay", Server: "bank.example", Prepared: x,
		Digest: func() guard.Digest { return guard.DigestOf(text) }, Describe: func(int) string { return text + "." }, Question: " Do you agree?",
		Refuse: func(r guard.Refusal) json.Marshaler {
			how := []string{"NotAllowed", "IsHeld", "IsNotHeld", "NotAsked"}[r.How]
			return failedText(strings.Join([]string{how, r.Why, r.Reason, r.Advice}, "; "))
		},
	}
	if b.adjust != nil {
		b.adjust(name, nil, p)
	}
	return p, nil
}

func payText(x payment) string { return fmt.Sprintf("pay %d %s", x.N, x.How) }

// failedText returns a result that is an error.
func failedText(text string) json.RawMessage {
	return must(json.Marshal(mcp.NewToolResultError(text)))
}

// judging is a bank under a policy, with an audit and a book of approvals.
type judging struct {
	*bank
	t     *testing.T
	guard *enforce.Guard
	judge *judge
	book  *approval.Book
	log   string
}

// newJudging returns a bank that is guarded. text is the policy, "" for none. change, unless nil,
// changes the configuration of the guard.
func newJudging(t *testing.T, text string, change func(*enforce.Config)) *judging {
	t.Helper()
	j := &judging{t: t, bank: newBank(), log: filepath.Join(t.TempDir(), "audit")}
	journal := must(audit.Open(j.log, 0))
	t.Cleanup(func() { journal.Close() })
	j.book = must(approval.Open(filepath.Join(t.TempDir(), "approvals")))
	c := enforce.Config{Audit: journal, Values: true, Approvals: j.book, Wait: 20 * time.Second, Redactor: redact.New([]byte("k"), redact.Config{})}
	if change != nil {
		change(&c)
	}
	var p *policy.Policy
	if text != "" {
		p = j.load(text)
	}
	j.guard = enforce.New(p, c)
	j.judge = newJudge(Guarded(j.bank, j.guard, map[string]any{"name": "ann"}))
	return j
}

func (j *judging) load(text string) *policy.Policy {
	j.t.Helper()
	return must(policy.Load(j.t.Context(), "policy", []byte(text)))
}

// records returns the audit.
func (j *judging) records() (all []audit.Record) {
	j.t.Helper()
	noError(j.t, audit.Read(context.Background(), j.log, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		all = append(all, r)
		return err
	}, nil))
	return all
}

// written returns the records of the audit from the n-th on, each as one line.
func (j *judging) written(n int) string {
	var lines []string
	for _, r := range j.records()[n:] {
		line := strings.Join([]string{r.Decision + r.Outcome, r.Method, r.Name, r.Rule, string(r.Values)}, " ")
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "; ")
}

// wire is a client on stdio that sends what a test says.
type wire struct {
	t     *testing.T
	out   io.WriteCloser
	ended chan struct{} // the server has ended, and with it the session
	next  atomic.Int64
	asked chan string // the questions of the server
	notes chan string // its notifications

	mu      sync.Mutex
	reply   string // result of each question, as JSON, or "" for none
	waiting map[string]chan string
}

// dial returns a client of a server in a session of its own. canAsk means that its user can be asked.
func dial(t *testing.T, j *judge, session string, canAsk bool) *wire {
	fromClient, out := io.Pipe()
	in, toClient := io.Pipe()
	w := &wire{
		t: t, out: out, ended: make(chan struct{}), asked: make(chan string, 100), notes: make(chan string, 100), waiting: map[string]chan string{},
	}
	go func() {
		c := newConnection(j, jsonrpc.OneHandshake(jsonrpc.Lines(fromClient, toClient, 0)), session, slog.New(slog.DiscardHandler))
		if err := c.Run(context.Background()); err != nil {
			t.Error(err)
		}
		toClient.Close()
	}()
	go w.receive(in)
	t.Cleanup(w.close)
	hello := initialize
	if canAsk {
		hello = strings.Replace(hello, `"capabilities":{}`, `"capabilities":{"elicitation":{}}`, 1)
	}
	answer := make(chan string, 1)
	w.waiting["1"] = answer
	fmt.Fprintln(w.out, hello)
	select {
	case <-answer:
	case <-w.ended:
		t.Fatal("no session began")
	}
	fmt.Fprintln(w.out, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return w
}

// close ends the connection. Questions that are still open are declined.
func (w *wire) close() {
	w.answerWith(`{"action":"cancel"}`)
	w.out.Close()
	<-w.ended
}

func (w *wire) receive(in io.Reader) {
	defer close(w.ended)
	d := json.NewDecoder(in)
	for {
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return
		}
		var m struct {
			ID     json.RawMessage
			Method string
			Params struct{ Message string }
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			w.t.Error(err)
			return
		}
		id := strings.Trim(string(m.ID), `"`)
		w.mu.Lock()
		reply, answer := w.reply, w.waiting[id]
		w.mu.Unlock()
		switch {
		case m.Method == "":
			answer <- string(raw)
		case id == "":
			w.notes <- string(raw)
		default:
			if w.asked <- m.Params.Message; reply != "" {
				fmt.Fprintf(w.out, `{"jsonrpc":"2.0","id":%s,"result":%s}`+"\n", m.ID, reply)
			}
		}
	}
}

// answerWith sets how the user answers questions.
func (w *wire) answerWith(result string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reply = result
}

// begin sends a request. The channel has the answer once it is there.
func (w *wire) begin(method, params string) <-chan string {
	id, answer := fmt.Sprint("c", w.next.Add(1)), make(chan string, 1)
	w.mu.Lock()
	w.waiting[id] = answer
	w.mu.Unlock()
	fmt.Fprintf(w.out, `{"jsonrpc":"2.0","id":%q,"method":%q,"params":%s}`+"\n", id, method, params)
	return answer
}

// send sends a request and returns the answer without its id.
func (w *wire) send(method, params string) string {
	answer := ""
	select {
	case answer = <-w.begin(method, params):
	case <-w.ended:
		w.t.Fatalf("the server has ended before it answered %s %s", method, params)
	}
	_, after, _ := strings.Cut(answer, fmt.Sprintf(`"id":"c%d",`, w.next.Load()))
	return after
}

// pay calls "pay". more are other members of its arguments, such as `,"__confirmed":true`.
func (w *wire) pay(n int, more string) string {
	return w.send("tools/call", fmt.Sprintf(`{"name":"pay","arguments":{"n":%d%s}}`, n, more))
}

// confirmed is the argument of a call that the user has agreed to, as the model says.
const confirmed = `,"__confirmed":true`

// modern returns parameters for the newest protocol. capabilities are those of the client, as JSON.
func modern(params, capabilities string) string {
	const meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},` +
		`"io.modelcontextprotocol/clientCapabilities":`
	return strings.TrimSuffix(params, "}") + meta + capabilities + "}}"
}

// modernPay calls "pay" with the newest protocol. more are other members of the parameters.
func (w *wire) modernPay(n int, more, capabilities string) string {
	return w.send("tools/call", modern(fmt.Sprintf(`{"name":"pay","arguments":{"n":%d}%s}`, n, more), capabilities))
}

const canAsk = `{"elicitation":{}}`

// stateOf returns the state of a question that is the result of a call.
func stateOf(t *testing.T, answer string) string {
	t.Helper()
	var m struct{ Result struct{ RequestState string } }
	if err := json.Unmarshal([]byte("{"+strings.TrimSuffix(answer, "\n")), &m); err != nil || m.Result.RequestState == "" {
		t.Fatalf("no question: %v, %s", err, answer)
	}
	return m.Result.RequestState
}

// answerTo returns the members with which a call answers a question.
func answerTo(state, answer string) string {
	return fmt.Sprintf(`,"requestState":%q,"inputResponses":{%q:%s}`, state, AnswerID, answer)
}

func wantIn(t *testing.T, what, got string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
}
