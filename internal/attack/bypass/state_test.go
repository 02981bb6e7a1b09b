package bypass

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

func remove(t *testing.T, path string) {
	t.Helper()
	must.Do(t, os.Remove(path))
}

// TestPolicyFile replaces the policy by an invalid one. The one before stays in force.
func TestPolicyFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "half": "version: 1\ndefault: al", "unknown key": "version: 1\ndefualt: allow\n", "twice": "version: 1\ndefault: allow\ndefault: allow\n",
		"two documents": "version: 1\ndefault: allow\n---\nversion: 1\ndefault: allow\n", "no version": "default: allow\n", "another version": "version: 2\ndefault: allow\n",
		"a merge": "a: &a {default: allow}\nversion: 1\n<<: *a\n", "removed": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGate(t, "version: 1\ntools: {read: {}}\n")
			g.begin(`{}`)
			if name == "removed" {
				remove(t, g.policy)
			} else {
				g.write("policy.yaml", text)
				g.waitLog("not in force")
			}
			if m := g.call("pay", `{"x":"FORBIDDEN"}`); !m.isDenied() || g.seen("FORBIDDEN") > 0 {
				t.Errorf("%s", m.raw)
			}
			g.settle()
			g.records()
		})
	}
}

const limited = "version: 1\ntools: {read: {}, pay: {limits: [{counter: n, window: hour, max: 5}]}, pick: {limits: [{counter: sum, window: hour, max: 100, increment_from: args.amount}]}}\n"

// TestLimits sends more than a limit allows: at once, across kill -9, after the clock was set back,
// and with amounts that could refund.
func TestLimits(t *testing.T) {
	t.Parallel()
	burst := func(g *gate, n int) (sent int) {
		for i := range n {
			g.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"b%d","method":"tools/call","params":{"name":"pay","arguments":{}}}`, i))
		}
		for range n {
			if !g.receive().isDenied() {
				sent++
			}
		}
		return sent
	}
	t.Run("at once and across kill -9", func(t *testing.T) {
		g := newGate(t, limited, "--state", "state.json")
		g.begin(`{}`)
		if n := burst(g, 3); n != 3 {
			t.Errorf("%d of 3", n)
		}
		g.kill()
		g.start()
		g.begin(`{}`)
		if n := burst(g, 100); n != 2 {
			t.Errorf("%d passed after the kill, want 2", n)
		}
		if n := g.seen(`"pay"`); n != 5 {
			t.Errorf("the server got %d calls", n)
		}
		g.records()
	})
	t.Run("the clock was set back", func(t *testing.T) {
		g := newGate(t, limited, "--state", "state.json")
		g.begin(`{}`)
		if n := burst(g, 5); n != 5 {
			t.Errorf("%d of 5", n)
		}
		g.kill()
		later := fmt.Sprintf(`"at":%d`, time.Now().Add(30*time.Minute).UnixNano())
		g.write("state.json", regexp.MustCompile(`"at":\d+`).ReplaceAllString(g.read("state.json"), later))
		g.start()
		g.begin(`{}`)
		if n := burst(g, 5); n != 0 {
			t.Errorf("%d passed", n)
		}
	})
	t.Run("amounts that refund", func(t *testing.T) {
		g := newGate(t, limited)
		g.begin(`{}`)
		if m := g.call("pick", `{"amount":90}`); m.isDenied() {
			t.Fatal(m.raw)
		}
		for _, amount := range []string{"-50", "-0", "-0.0", "-1e-9", "0e400", "-0e-400", `"-50"`, "[-50]", "1e-400"} {
			g.call("pick", `{"amount":`+amount+`}`)
		}
		if m := g.call("pick", `{"amount":11}`); !m.isDenied() {
			t.Errorf("more than the limit: %s", m.raw)
		}
	})
	t.Run("another spelling of the counter", func(t *testing.T) {
		g := newGate(t, limited)
		g.begin(`{}`)
		burst(g, 5)
		for _, line := range []string{
			`{"jsonrpc":"2.0","id":"y","method":"tools/call","params":{"name":"p\u0061y","arguments":{}}}`,
			`{"params":{"arguments":{},"name":"pay"},"method":"tools\/call","id":"y","jsonrpc":"2.0"}`,
			`{"jsonrpc":"2.0","id":"y","method":"tools/call","params":{"name":"pay"}}`,
		} {
			if g.send(line); !g.receive().isDenied() {
				t.Errorf("%s passed", line)
			}
		}
		g.request("initialize", `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"another","version":"2"}}`)
		if m := g.call("pay", `{}`); !m.isDenied() {
			t.Errorf("after another handshake: %s", m.raw)
		}
	})
}

// TestPins changes definitions between the list and the call, and the file of pins.
func TestPins(t *testing.T) {
	t.Parallel()
	g := newGate(t, "version: 1\ndefault: allow\n", "--pins", "pins.json")
	g.begin(`{}`)
	if m := g.request("tools/list", `{}`); m.isDenied() {
		t.Fatal(m.raw)
	}
	g.settle()
	first := tools("read", "pay", "put", "mail", "pick", "hold", "admin_drop")
	for name, list := range map[string]string{
		"another description":  strings.Replace(first, `"name":"pay","description":"a tool"`, `"name":"pay","description":"a tool."`, 1),
		"a keyword more":       strings.Replace(first, `"name":"pay","description":"a tool","inputSchema":{`, `"name":"pay","description":"a tool","inputSchema":{"x":1,`, 1),
		"an invisible letter":  strings.Replace(first, `"name":"pay","description":"a tool"`, `"name":"pay","description":"a to\u200bol"`, 1),
		"listed twice":         strings.Replace(first, `{"name":"pay"`, `{"name":"pay","inputSchema":{}},{"name":"pay"`, 1),
		"no longer listed":     strings.Replace(first, `"name":"pay"`, `"name":"pay2"`, 1),
		"a name that looks so": strings.Replace(first, `"name":"pay"`, `"name":"p\u0430y"`, 1),
	} {
		before := g.denials()
		g.write("tools", list)
		for _, tool := range []string{"pay", "pay2", `pаy`} {
			if m := g.call(tool, `{"x":"FORBIDDEN"}`); !m.isDenied() {
				t.Errorf("%s: %s: %s", name, tool, m.raw)
			}
		}
		if g.seen("FORBIDDEN") > 0 {
			t.Fatalf("%s: the server got %s", name, g.read("seen"))
		}
		if n := g.denials() - before; n != 3 {
			t.Errorf("%s: %d denials in the audit", name, n)
		}
		g.settle()
	}
	remove(t, g.file("tools"))
	pins := g.read("pins.json")
	for name, change := range map[string]func(){
		"others can write it": func() {
			g.write("pins.json", pins+" ")
			must.Do(t, os.Chmod(g.file("pins.json"), 0o666))
		},
		"it is damaged": func() { g.write("pins.json", "{") },
	} {
		change()
		if m := g.call("pay", `{"x":"FORBIDDEN"}`); !m.isDenied() || g.seen("FORBIDDEN") > 0 {
			t.Errorf("%s: %s", name, m.raw)
		}
		g.write("pins.json", pins)
		g.settle()
	}
	g.records()
}

// TestIDs uses ids that are equal in one reading and differ in another at the same time. Each call
// gets its own answer, once.
func TestIDs(t *testing.T) {
	t.Parallel()
	g := newGate(t, "version: 1\ndefault: allow\n")
	g.begin(`{}`)
	g.write("wait", "")
	ids := []string{"1", "1.0", `"1"`, "10e-1", "-0", "0", `""`, `"a"`, `"\u0061"`, "9007199254740993", "9007199254740992"}
	for i, id := range ids {
		g.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"tool","arguments":{"i":%d}}}`, id, i))
	}
	var mu sync.Mutex
	answers := map[string]int{}
	refused := 0
	for g.seen(`"tool"`)+refused < len(ids) {
		select {
		case line := <-g.lines:
			if !strings.Contains(line, `"error"`) {
				t.Fatalf("answered early: %s", line)
			}
			refused++
		default:
		}
	}
	remove(t, g.file("wait"))
	for range len(ids) - refused {
		m := g.receive()
		mu.Lock()
		answers[string(m.ID)]++
		mu.Unlock()
	}
	for id, n := range answers {
		if n != 1 {
			t.Errorf("%s was answered %d times", id, n)
		}
	}
	if refused > 5 {
		t.Errorf("%d ids were refused", refused)
	}
}
