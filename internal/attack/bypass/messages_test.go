package bypass

import (
	"fmt"
	"strings"
	"testing"
)

// attacked is the policy that messages try to get around.
const attacked = `
version: 1
hide: [admin_*]
tools:
  read: {}
  pay:
    require: [{path: args.amount, op: lte, value: 100}]
    deny_if: [{path: args.account, op: in, value: [9007199254740992, 7], optional: true}]
    limits: [{counter: spent, window: day, max: 1000, increment_from: args.amount}]
  put: {require: [{path: args.path, op: below, value: /tmp/ok}]}
  mail: {require: [{path: "args.to[*]", op: matches, value: '^[a-z]+@example\.com$', each: all}]}
  pick: {require: [{path: args.mode, op: in, value: [safe, 1]}]}
  admin_drop: {}
resources: {"file:///data/*": {}}
prompts: {hello: {}}
`

// attempt is a line that a client sends. FORBIDDEN stands where the server must not see it.
type attempt struct{ name, line string }

func calling(name, params string) attempt {
	return attempt{name, `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":` + params + `}`}
}

// tool is a call of a tool, whose name is written as it stands.
func tool(what, name string) attempt {
	return calling(what, `{"name":"`+name+`","arguments":{"x":"FORBIDDEN"}}`)
}

func with(what, tool, arguments string) attempt {
	return calling(what, fmt.Sprintf(`{"name":%q,"arguments":%s}`, tool, arguments))
}

func asking(what, method, params string) attempt {
	return attempt{what, fmt.Sprintf(`{"jsonrpc":"2.0","id":"x","method":%q,"params":%s}`, method, params)}
}

// attempts are all lines.
func attempts() []attempt {
	return append(append(names(), numbers()...), append(texts(), messages()...)...)
}

// names are calls of tools whose names look like one that is allowed, and keys that look alike.
func names() []attempt {
	return []attempt{
		tool("fullwidth letters", "\uff52\uff45\uff41\uff44"), tool("combining accent", `read\u0301`), tool("soft hyphen", `re\u00adad`),
		tool("direction override", `\u202edaer`), tool("variation selector", `read\ufe0f`), tool("lone surrogate", `read\ud800`),
		tool("mathematical letters", `\ud835\udc2d\ud835\udc1e`), tool("tag characters", `read\udb40\udc41`), tool("trailing dot", "read."),
		tool("a path", "upstream/read"), tool("a wildcard", "re*d"), tool("a regular expression", "(read|admin_drop)"), tool("a hidden tool", "admin_drop"),
		tool("a hidden tool in capitals", "ADMIN_DROP"),
		with("a key twice deep inside", "read", `{"a":[{"b":{"x":1,"x":"FORBIDDEN"}}]}`),
		with("keys that differ in a final sigma", "read", `{"\u03c3":1,"\u03c2":"FORBIDDEN"}`),
		with("keys that differ in title case", "read", `{"\u01c5":1,"\u01c6":"FORBIDDEN"}`),
		with("escaped key", "pay", `{"\u0061mount":101,"to":"FORBIDDEN"}`),
		with("escaped key twice", "pay", `{"amount":1,"\u0061mount":101,"to":"FORBIDDEN"}`),
		calling("key twice in _meta", `{"name":"read","_meta":{"a":1,"a":"FORBIDDEN"}}`),
		calling("_meta twice", `{"name":"read","_meta":{},"_Meta":{"x":"FORBIDDEN"}}`),
	}
}

// numbers are amounts that are too much, or no amounts.
func numbers() []attempt {
	var all []attempt
	for what, n := range map[string]string{
		"just above": "100.00000000000000000001", "exponent above": "1.000000001e2", "endless exponent": "1E+2000000000", "too many decimals": "1e-7",
		"minus nothing in words": `"-0"`, "minus a little": "-1e-300", "a truth value": "true", "Arabic digits": `"\u0661"`,
		"a hundred thousand digits": strings.Repeat("9", 100_000), "hexadecimal": "0x10", "a plus": "+5", "a leading dot": ".5", "underscores": "1_0",
		"infinity": "Infinity", "a leading zero": "010", "two dots": "1.0.0", "an object of one": `{"$numberInt":"1"}`, "an empty list": "[]",
	} {
		all = append(all, with("amount: "+what, "pay", `{"amount":`+n+`,"to":"FORBIDDEN"}`))
	}
	return append(all,
		with("amount in another place", "pay", `{"args":{"amount":1},"to":"FORBIDDEN"}`),
		with("amount behind a space", "pay", `{"amount ":1,"to":"FORBIDDEN"}`),
		with("an account that a float takes for another", "pay", `{"amount":1,"account":9007199254740993,"to":"FORBIDDEN"}`),
		with("nearly an account", "pay", `{"amount":1,"account":7.00000000000000000001,"to":"FORBIDDEN"}`),
		with("nearly an account, with an exponent", "pay", `{"amount":1,"account":69999999999999999999e-19,"to":"FORBIDDEN"}`),
		with("an account with an exponent", "pay", `{"amount":1,"account":0.7E+1,"to":"FORBIDDEN"}`),
		with("a number as text", "pick", `{"mode":"1","x":"FORBIDDEN"}`),
		with("nearly one", "pick", `{"mode":1.00000000000000000001,"x":"FORBIDDEN"}`),
	)
}

// texts are arguments that a condition must not take for allowed ones.
func texts() []attempt {
	var all []attempt
	for what, path := range map[string]string{
		"up": "/tmp/ok/../FORBIDDEN", "beside": "/tmp/okFORBIDDEN", "two slashes": "/tmp/ok//../FORBIDDEN", "a zero byte": `/tmp/ok/\u0000FORBIDDEN`,
		"a URI": "file:///tmp/ok/../FORBIDDEN", "capitals": "/TMP/OK/FORBIDDEN", "backslashes": `\\tmp\\ok\\FORBIDDEN`, "mixed slashes": `/tmp/ok/..\\FORBIDDEN`,
		"a division slash": `/tmp\u2215ok/FORBIDDEN`, "two dots in one character": `/tmp/ok/\u2025/../FORBIDDEN`, "a new line": `/tmp/ok/a\n/FORBIDDEN`, "nothing": "FORBIDDEN",
	} {
		all = append(all, with("path: "+what, "put", `{"path":"`+path+`"}`))
	}
	return append(all,
		with("one of two recipients", "mail", `{"to":["a@example.com","FORBIDDEN@evil.example"]}`),
		with("recipients as an object", "mail", `{"to":{"0":"a@example.com","1":"FORBIDDEN"}}`),
		with("recipients within recipients", "mail", `{"to":[["a@example.com"],"FORBIDDEN"]}`),
		with("a recipient alone", "mail", `{"to":"a@example.com","x":"FORBIDDEN"}`),
		with("two lines of recipients", "mail", `{"to":["FORBIDDEN@evil.example\na@example.com"]}`),
		with("a mode in capitals", "pick", `{"mode":"Safe","x":"FORBIDDEN"}`), with("a list of modes", "pick", `{"mode":["safe"],"x":"FORBIDDEN"}`),
		with("a mode with a zero byte", "pick", `{"mode":"safe\u0000","x":"FORBIDDEN"}`), with("no mode", "pick", `{"x":"FORBIDDEN"}`),
	)
}

// messages are messages that two readers may take for different ones, and other methods.
func messages() []attempt {
	const bad = `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`
	const ping = `{"jsonrpc":"2.0","id":"x","method":"ping"}`
	return []attempt{
		{"an id that is true", strings.Replace(bad, `"id":"x"`, `"id":true`, 1)}, {"an id that is a list", strings.Replace(bad, `"id":"x"`, `"id":["x"]`, 1)},
		{"an id without end", strings.Replace(bad, `"id":"x"`, `"id":1e400`, 1)}, {"a long id", strings.Replace(bad, `"x"`, `"`+strings.Repeat("x", 1<<20)+`"`, 1)},
		{"a version that is a number", strings.Replace(bad, `"2.0"`, `2.0`, 1)}, {"a version with a space", strings.Replace(bad, `"2.0"`, `"2.0 "`, 1)},
		{"two messages and a carriage return", ping + "\r" + bad}, {"two messages and a line separator", ping + "\u2028" + bad},
		{"a vertical tab", ping + "\v" + bad}, {"a comment", strings.Replace(bad, `"params"`, `/*{*/"params"`, 1)},
		{"a trailing comma", strings.Replace(bad, `}}`, `,}}`, 1)}, {"overlong UTF-8", strings.Replace(bad, "FORBIDDEN", "FORBIDDEN\xc1\xa1", 1)},
		{"surrogates in UTF-8", strings.Replace(bad, "FORBIDDEN", "FORBIDDEN\xed\xa0\x80", 1)}, {"UTF-16", utf16(bad)},
		{"17 MB", strings.Replace(bad, "FORBIDDEN", "FORBIDDEN"+strings.Repeat("x", 17<<20), 1)},
		{"65 levels", strings.Replace(bad, `"FORBIDDEN"`, `"read","arguments":{"a":`+strings.Repeat("[", 65)+`"FORBIDDEN"`+strings.Repeat("]", 65)+`}`, 1)},
		calling("parameters as a list", `["read",{"x":"FORBIDDEN"}]`), calling("parameters as a text", `"FORBIDDEN"`),
		asking("a method with a fragment", "tools/call#x", `{"name":"FORBIDDEN"}`), asking("a method with an escape", "tools%2fcall", `{"name":"FORBIDDEN"}`),
		asking("a task", "tools/call", `{"name":"read","task":{"ttl":1},"arguments":{"x":"FORBIDDEN"}}`), asking("tasks/get", "tasks/get", `{"taskId":"FORBIDDEN"}`),
		asking("tasks/update", "tasks/update", `{"taskId":"FORBIDDEN","inputResponses":{}}`), asking("tasks/result", "tasks/result", `{"taskId":"FORBIDDEN"}`),
		asking("unsubscribe", "resources/unsubscribe", `{"uri":"file:///FORBIDDEN"}`), asking("subscribe", "resources/subscribe", `{"uri":"file:///data/%2e/FORBIDDEN"}`),
		asking("the same folder", "resources/read", `{"uri":"file:///data/./FORBIDDEN"}`), asking("another case", "resources/read", `{"uri":"FILE:///data/FORBIDDEN"}`),
		asking("an escaped slash", "resources/read", `{"uri":"file:///data/..%2fFORBIDDEN"}`), asking("a host", "resources/read", `{"uri":"file://evil/data/FORBIDDEN"}`),
		asking("another folder", "resources/read", `{"uri":"file:////data/FORBIDDEN"}`),
		asking("a prompt and a resource", "completion/complete", `{"ref":{"type":"ref/prompt","name":"hello","uri":"file:///FORBIDDEN"},"argument":{"name":"a","value":""}}`),
		asking("a resource and a prompt", "completion/complete", `{"ref":{"type":"ref/resource","uri":"file:///data/a","name":"FORBIDDEN"},"argument":{"name":"a","value":""}}`),
		asking("a type in capitals", "completion/complete", `{"ref":{"type":"REF/PROMPT","name":"hello"},"argument":{"name":"FORBIDDEN","value":""}}`),
		asking("a notification with an id", "notifications/initialized", `{"x":"FORBIDDEN"}`), asking("a cancellation with an id", "notifications/cancelled", `{"requestId":"FORBIDDEN"}`),
		asking("a server's request", "elicitation/create", `{"message":"FORBIDDEN"}`), asking("a server's message", "notifications/message", `{"data":"FORBIDDEN"}`),
		{"a request without an id", `{"jsonrpc":"2.0","method":"resources/read","params":{"uri":"file:///FORBIDDEN"}}`},
		{"a list without an id", `{"jsonrpc":"2.0","method":"tools/list","params":{"cursor":"FORBIDDEN"}}`},
		{"a handshake without an id", `{"jsonrpc":"2.0","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"FORBIDDEN","version":"1"}}}`},
	}
}

func utf16(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(string(r) + "\x00")
	}
	return b.String()
}

// TestMessages sends each attempt over stdio. The server sees nothing of it, it is refused, and the
// audit has it.
func TestMessages(t *testing.T) {
	t.Parallel()
	g := newGate(t, attacked)
	g.begin(`{}`)
	g.settle()
	all := attempts()
	for _, a := range all {
		before, at := g.denials(), len(g.read("seen"))
		g.send(a.line)
		if strings.HasPrefix(a.line, `{"jsonrpc":"2.0","method"`) { // no answer
			g.settle()
		} else {
			m := g.receive()
			if !m.isDenied() {
				t.Errorf("%s: answered %.300s", a.name, m.raw)
			}
			g.settle()
		}
		if new := g.read("seen")[at:]; strings.Contains(new, "FORBIDDEN") {
			t.Errorf("%s: reached the server as %.500s", a.name, new)
		}
		if n := g.denials() - before; n != 1 {
			t.Errorf("%s: has %d denials in the audit", a.name, n)
		}
	}
	g.records()
	if len(all) < 90 {
		t.Errorf("there are only %d attempts", len(all))
	}
}
