package disclose_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway"
	"github.com/spectap/spectap/gateway/disclose"
	"github.com/spectap/spectap/gateway/gatewaytest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcp/streamable"
)

// bench is a client whose list is searched, a relay and servers that the test plays.
type bench struct {
	*gatewaytest.Bench
	server *gatewaytest.Wire
	n      int
}

func newBench(t *testing.T, policy string, c disclose.Config) *bench {
	t.Helper()
	b := &bench{Bench: gatewaytest.New(t, policy, nil)}
	var down *gatewaytest.Wire
	b.Client, down = gatewaytest.NewWires()
	ctx, cancel := context.WithCancel(context.Background())
	r := gateway.NewRelay(gateway.Server{Guard: b.Guard, Dial: b.Dial}, map[string]any{"name": "alice"}, "session", disclose.Wrap(down.Conn(), c), slog.New(slog.DiscardHandler))
	go func() { b.Ended <- r.Run(ctx) }()
	t.Cleanup(func() {
		b.Client.Close()
		cancel()
		<-b.Ended
	})
	b.server = <-b.Servers
	return b
}

// shop has the tools of a server.
const shop = `[{"name":"list_orders","description":"Lists orders.","annotations":{"readOnlyHint":true},"inputSchema":{"properties":{"status":{}}}},
	{"name":"refund_order","description":"Refunds an order.","inputSchema":{"properties":{"n":{"type":"integer"}},"required":["n"]}},
	{"name":"drop_orders","description":"Drops all orders.","inputSchema":{}}]`

const shopPolicy = "version: 1\nhide: [drop_orders]\ntools: {list_orders: {rate_limit: 2/hour}, refund_order: " +
	"{require: {path: args.n, op: lt, value: 10}}, other: {}}"

// call sends a call and returns the answer. Requests of the relay to the server are answered.
func (b *bench) call(tool, args string) string {
	b.T.Helper()
	b.n++
	b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s,"_meta":{"progressToken":1}}}`,
		b.n, tool, args))
	return b.answer()
}

func (b *bench) answer() string {
	b.T.Helper()
	for {
		select {
		case text := <-b.server.In:
			m := must.Get(jsonrpc.Parse(text))
			result := `{"tools":` + shop + `,"cacheScope":"public","nextCursor":""}`
			if m.Method != "tools/list" {
				result = `{"content":[{"type":"text","text":` + string(must.Get(json.Marshal(string(m.Params)))) + `}]}`
			}
			b.Send(b.server, string(jsonrpc.Response(m.ID, []byte(result)).Text))
		case text := <-b.Client.In:
			return string(text)
		}
	}
}

// TestThreeTools searches, describes and calls tools through the three that a client sees. A hidden
// tool looks like one that does not exist, and a call is judged as a call of the named tool.
func TestThreeTools(t *testing.T) {
	b := newBench(t, shopPolicy, disclose.Config{Always: true})
	b.Send(b.Client, `{"jsonrpc":"2.0","id":"l","method":"tools/list"}`)
	list := b.answer()
	if strings.Count(list, `"inputSchema"`) != 3 || strings.Contains(list, "orders") || !strings.Contains(list, `"cacheScope":"private"`) || strings.Contains(list, "nextCursor") {
		t.Errorf("list: %s", list)
	}
	if got := b.call("search_tools", `{"query":"give the money of an order back"}`); !strings.Contains(got, `refund_order`) || !strings.Contains(got, `n*`) {
		t.Error(got)
	}
	if got := b.call("search_tools", `{"query":"refund a spaceship"}`); !strings.Contains(got, `\"weak_match\":true`) || !strings.Contains(got, "no tool fits well") {
		t.Error(got)
	}
	if got := b.call("search_tools", `{}`); strings.Contains(got, "drop") || !strings.Contains(got, `\"total\":2`) {
		t.Error("the search tells of a hidden tool:", got)
	}
	if got := b.call("describe_tool", `{"tool":"list_orders"}`); !strings.Contains(got, `readOnlyHint`) {
		t.Error(got)
	}
	hidden, none := b.call("describe_tool", `{"tool":"drop_orders"}`), b.call("describe_tool", `{"tool":"xyzzy"}`)
	if rest(hidden) != rest(none) || !strings.Contains(none, "no tool of this name") {
		t.Errorf("hidden: %s\nno such tool: %s", hidden, none)
	}
	hidden, none = b.call("call_tool", `{"tool":"drop_orders"}`), b.call("drop_orders", `{}`)
	if rest(hidden) != rest(none) || !strings.Contains(hidden, "unknown tool") {
		t.Errorf("through call_tool: %s\ndirect: %s", hidden, none)
	}
	if got := b.call("call_tool", `{"tool":"refund_order","arguments":{"n":50}}`); !strings.Contains(got, "POLICY DENIED] /tools/refund_order/require") {
		t.Error(got)
	}
	if got := b.call("call_tool", `{"tool":"refund_order","arguments":{"n":5}}`); !strings.Contains(got, `{\"name\":\"refund_order\",\"arguments\":{\"n\":5},\"_meta\"`) {
		t.Error(got)
	}
	for i, tool := range []string{"list_orders", "call_tool", "call_tool"} {
		if got := b.call(tool, `{"tool":"list_orders"}`); strings.Contains(got, "rate_limit") != (i == 2) {
			t.Error("direct and indirect calls have one limit:", got)
		}
	}
	for _, bad := range []string{`{}`, `{"tool":5}`, `{"tool":"refund_order","arguments":[]}`, `{"tool":"refund_order","Arguments":{}}`, `{"tool":"refund_order","arguments":null}`} {
		if got := b.call("call_tool", bad); !strings.Contains(got, `"isError":true`) {
			t.Errorf("%s: %s", bad, got)
		}
	}
	for _, r := range b.Records() {
		if r.Event == "decision" && r.Name != "refund_order" && r.Name != "list_orders" && r.Name != "drop_orders" {
			t.Errorf("the audit has %+v", r)
		}
	}
}

// rest returns a message without its id.
func rest(message string) string {
	_, text, _ := strings.Cut(message, ",\"id\":")
	_, text, _ = strings.Cut(text, ",")
	return text
}

// TestShortList checks that a list within the bounds is shown unchanged, and that a server may have
// a tool with one of the three names.
func TestShortList(t *testing.T) {
	for _, tt := range []struct {
		c      disclose.Config
		isLong bool
	}{
		{disclose.Config{MaxTools: 2, MaxBytes: 1000}, false}, {disclose.Config{MaxTools: 1, MaxBytes: 1000}, true}, {disclose.Config{MaxTools: 9, MaxBytes: 100}, true},
	} {
		b := newBench(t, shopPolicy, tt.c)
		b.Send(b.Client, `{"jsonrpc":"2.0","id":"l","method":"tools/list"}`)
		if got := b.answer(); strings.Contains(got, "call_tool") != tt.isLong || strings.Contains(got, "refund") == tt.isLong {
			t.Errorf("%+v: %s", tt.c, got)
		}
	}
}

// TestCancelledSearch checks that a search is dropped if the client cancels it, and answered if the
// client ends its side.
func TestCancelledSearch(t *testing.T) {
	b := newBench(t, shopPolicy, disclose.Config{Always: true})
	b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_tools"}}`)
	id := gatewaytest.IDOf(t, b.Expect(b.server, `"tools/list"`))
	b.Send(b.Client, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	b.Expect(b.server, "notifications/cancelled", id)
	b.Send(b.server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"tools":`+shop+`}}`)
	b.Quiet(b.Client, b.server)
}

// TestStateless calls a tool whose header mirrors an argument through call_tool, whose headers the
// client sends: the server gets those of the tool.
func TestStateless(t *testing.T) {
	s := gatewaytest.NewSite(t, "version: 1\ntools: {routed: {}}", func(s *gatewaytest.Site, client jsonrpc.Conn, identity map[string]any, session string) streamable.Runner {
		return gateway.NewRelay(gateway.Server{Guard: s.Guard, Dial: s.Dial}, identity, session, disclose.Wrap(client, disclose.Config{Always: true}), slog.New(slog.DiscardHandler))
	}, nil)
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	send := func(name, args string) <-chan gatewaytest.Answer {
		return s.Start(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"`+name+`","arguments":`+args+`,`+meta+`}}`,
			"Mcp-Protocol-Version", "2026-07-28", "Mcp-Method", "tools/call", "Mcp-Name", name)
	}
	found := send("search_tools", `{"query":"route"}`)
	server := <-s.Servers
	id := gatewaytest.IDOf(t, s.Expect(server, `"tools/list"`, "2026-07-28"))
	s.Send(server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"resultType":"complete","tools":[{"name":"routed","inputSchema":{}},{"name":"hidden","inputSchema":{}}]}}`)
	if got := <-found; got.Status != 200 || !strings.Contains(got.Text, `\"tool\":\"routed\"`) || strings.Contains(got.Text, "hidden") || !strings.Contains(got.Text, `"resultType":"complete"`) {
		t.Error(got)
	}
	called := send("call_tool", `{"tool":"routed","arguments":{"region":"eu"}}`)
	id = gatewaytest.IDOf(t, s.Expect(server, `"name":"routed","arguments":{"region":"eu"}`))
	s.Send(server, `{"jsonrpc":"2.0","id":`+id+`,"result":{"resultType":"complete","content":[]}}`)
	if got := <-called; got.Status != 200 || strings.Contains(got.Text, "error") {
		t.Error(got)
	}
}
