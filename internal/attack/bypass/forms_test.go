package bypass

import (
	"strings"
	"testing"
)

// formed is a policy whose conditions look at members, lists and names that can be written in
// several ways.
const formed = `
version: 1
tools:
  read: {}
  put: {require: [{path: args.path, op: below, value: /tmp/ok}]}
  open: {require: [{path: args.url, op: below, value: "https://example.com/a"}]}
  run: {deny_if: [{path: args.cmd, op: matches, value: FORBIDDEN}]}
  pay:
    deny_if:
      - {path: args.account, op: in, value: [7], optional: true}
      - {path: args.to.account, op: in, value: [7], optional: true}
      - {path: "args.café", op: exists}
      - {path: args.to.admin, op: exists}
  first: {require: [{path: "args.to[0]", op: eq, value: a}]}
  each: {require: [{path: "args.to[*].kind", op: in, value: [a, b], each: all}]}
  some: {deny_if: [{path: "args.to[*]", op: contains, value: FORBIDDEN, each: any}]}
  mode: {require: [{not: {path: args.mode, op: eq, value: FORBIDDEN}}]}
  none: {require: [{path: args.secret, op: exists, value: false}]}
  size: {require: [{path: args.n, op: lt, value: 5}]}
resources: {"file:///data/*": {}, "https://example.com/*": {}}
prompts: {hello: {}}
`

// forms are lines with denied calls in other forms.
func forms() []attempt {
	var all []attempt
	for what, uri := range map[string]string{
		"a tab among dots": `file:///data/.\t./FORBIDDEN`, "a new line among dots": `file:///data/.\n./FORBIDDEN`, "a return behind dots": `file:///data/..\r/FORBIDDEN`,
		"a tab among escaped dots": `file:///data/%2e\t%2e/FORBIDDEN`, "a tab in the scheme": `fi\tle:///FORBIDDEN`, "a space at the end": `file:///data/FORBIDDEN/.. `,
		"dots with a space": `file:///data/.. /FORBIDDEN`, "dots with an escaped space": `file:///data/%2e%2e%20/FORBIDDEN`, "dots and no-break space": `file:///data/..\u00a0/FORBIDDEN`,
		"fullwidth dots": `file:///data/\uff0e\uff0e/FORBIDDEN`, "one-dot leaders": `file:///data/\u2024\u2024/FORBIDDEN`, "a two-dot leader": `file:///data/\u2025/FORBIDDEN`,
		"an escaped two-dot leader": `file:///data/%E2%80%A5/FORBIDDEN`, "a fullwidth slash": `file:///data/..\uff0fFORBIDDEN`, "a fraction slash": `file:///data/..\u2044FORBIDDEN`,
		"a fullwidth backslash": `file:///data/..\uff3cFORBIDDEN`, "a hidden character among dots": `file:///data/.\u200b./FORBIDDEN`, "a mark before dots": `file:///data/\ufeff../FORBIDDEN`,
		"a zero byte": `file:///data/FORBIDDEN\u0000.txt`, "an escaped zero byte": `file:///data/FORBIDDEN%00.txt`, "a delete": `file:///data/\u007f/FORBIDDEN`,
		"an escape escaped five times": "file:///data/%2525252e%2525252e/FORBIDDEN", "dots behind a query": "https://example.com/?/../FORBIDDEN",
	} {
		all = append(all, asking("resource: "+what, "resources/read", `{"uri":"`+uri+`"}`), asking("subscription: "+what, "resources/subscribe", `{"uri":"`+uri+`"}`))
	}
	for what, path := range map[string]string{
		"a tab among dots": `/tmp/ok/.\t./FORBIDDEN`, "dots with a space": "/tmp/ok/.. /FORBIDDEN", "a space at the end": "/tmp/ok/FORBIDDEN/.. ", "fullwidth dots": `/tmp/ok/\uff0e\uff0e/FORBIDDEN`,
		"a fullwidth slash": `/tmp/ok/..\uff0fFORBIDDEN`, "a hidden character": `/tmp/ok/\u2060../FORBIDDEN`, "escaped dots": "/tmp/ok/%2e%2e/FORBIDDEN", "an escaped tab": "/tmp/ok/.%09./FORBIDDEN",
		"an accent on the folder": `/tmp/ok\u0301/FORBIDDEN`, "a space before": " /tmp/ok/FORBIDDEN",
	} {
		all = append(all, with("path: "+what, "put", `{"path":"`+path+`"}`))
	}
	for what, url := range map[string]string{
		"another host": "https://example.com.FORBIDDEN/a/b", "a user": "https://example.com/a@FORBIDDEN/b", "a user before": "https://FORBIDDEN@example.com/a/b", "a port": "https://example.com:1/a/FORBIDDEN",
		"dots behind a fragment": "https://example.com/a/#/../FORBIDDEN", "another scheme": "http://example.com/a/FORBIDDEN", "capitals": "https://EXAMPLE.com/a/FORBIDDEN", "no scheme": "//example.com/a/FORBIDDEN",
		"an ideographic dot": `https://example\u3002com/a/FORBIDDEN`,
	} {
		all = append(all, with("URL: "+what, "open", `{"url":"`+url+`"}`))
	}
	return append(append(all, members()...), lists()...)
}

// members are arguments whose names, or what holds them, have another form.
func members() []attempt {
	return []attempt{
		with("a fullwidth name", "pay", `{"\uff41ccount":7,"x":"FORBIDDEN"}`), with("a name with a hidden letter", "pay", `{"acc\u200bount":7,"x":"FORBIDDEN"}`),
		with("a name with a space", "pay", `{"account ":7,"x":"FORBIDDEN"}`), with("a name in capitals", "pay", `{"ACCOUNT":7,"x":"FORBIDDEN"}`),
		with("both forms of a name", "pay", `{"account":1,"acco\u00adunt":7,"x":"FORBIDDEN"}`), with("a decomposed name", "pay", `{"cafe\u0301":"FORBIDDEN"}`),
		with("an account in a list", "pay", `{"account":[7],"x":"FORBIDDEN"}`), with("an account that is true", "pay", `{"account":true,"x":"FORBIDDEN"}`),
		with("a recipient in a list", "pay", `{"to":[{"account":7}],"x":"FORBIDDEN"}`), with("a recipient as a text", "pay", `{"to":"{\"account\":7}","x":"FORBIDDEN"}`),
		with("an admin in a list", "pay", `{"account":1,"to":[{"admin":"FORBIDDEN"}]}`), with("an admin in a text", "pay", `{"account":1,"to":"{\"admin\":\"FORBIDDEN\"}"}`),
		with("a command as a list", "run", `{"cmd":["FORBIDDEN"]}`), with("a command as an object", "run", `{"cmd":{"0":"FORBIDDEN"}}`), with("no command", "run", `{"command":"FORBIDDEN"}`),
		with("a command twice in case", "run", `{"cmd":"ls","CMD":"FORBIDDEN"}`), with("a mode in a list", "mode", `{"mode":["FORBIDDEN"]}`), with("a mode of another form", "mode", `{"mode":"x","mo\u2060de":"FORBIDDEN"}`),
		with("a secret of another form", "none", `{"Secret":"FORBIDDEN"}`), with("a secret that is null", "none", `{"secret":null,"x":"FORBIDDEN"}`),
		with("a secret with a space", "none", `{" secret":"FORBIDDEN"}`),
	}
}

// lists are invalid lists, lists whose elements differ, and numbers that are texts.
func lists() []attempt {
	return []attempt{
		with("an object for a list", "first", `{"to":{"0":"a"},"x":"FORBIDDEN"}`), with("a text for a list", "first", `{"to":"a","x":"FORBIDDEN"}`),
		with("a list in a list", "first", `{"to":[["a"]],"x":"FORBIDDEN"}`), with("an empty list", "first", `{"to":[],"x":"FORBIDDEN"}`),
		with("one without a kind", "each", `{"to":[{"kind":"a"},{"x":"FORBIDDEN"}]}`), with("one of another kind", "each", `{"to":[{"kind":"a"},{"kind":"FORBIDDEN"}]}`),
		with("one with two kinds", "each", `{"to":[{"kind":"a","Kind":"FORBIDDEN"}]}`), with("one as a text", "each", `{"to":[{"kind":"a"},"FORBIDDEN"]}`),
		with("an object of elements", "each", `{"to":{"kind":"a","x":"FORBIDDEN"}}`), with("a text in a list in a list", "some", `{"to":[["x"],{"a":"FORBIDDEN"}]}`),
		with("an element as a number", "some", `{"to":[1,"FORBIDDEN"]}`), with("a number as a text", "size", `{"n":"1","x":"FORBIDDEN"}`),
		with("a number in a list", "size", `{"n":[1],"x":"FORBIDDEN"}`), with("a number of another form", "size", `{"n":1,"\uff4e":9,"x":"FORBIDDEN"}`),
		with("no number", "size", `{"n":null,"x":"FORBIDDEN"}`), with("nearly five", "size", `{"n":4.99999999999999999999,"x":"FORBIDDEN"}`),
		asking("a template", "completion/complete", `{"ref":{"type":"ref/resource","uri":"file:///other/{FORBIDDEN}"},"argument":{"name":"a","value":""}}`),
		asking("a prompt of another form", "prompts/get", `{"name":"hello\u200b","arguments":{"x":"FORBIDDEN"}}`), asking("a prompt in capitals", "prompts/get", `{"name":"Hello","arguments":{"x":"FORBIDDEN"}}`),
		asking("a prompt as a list", "prompts/get", `{"name":["hello"],"arguments":{"x":"FORBIDDEN"}}`), asking("arguments as a text", "prompts/get", `{"name":"hello","arguments":"FORBIDDEN"}`),
		asking("two resources to follow", "subscriptions/listen", `{"notifications":{"resourceSubscriptions":["file:///data/a","file:///FORBIDDEN"]}}`),
		asking("a resource to follow as a text", "subscriptions/listen", `{"notifications":{"resourceSubscriptions":"file:///FORBIDDEN"}}`),
		asking("a method with a line end", "tools/call\n", `{"name":"FORBIDDEN"}`), asking("a method with records", `x","decision":"allow`, `{"name":"FORBIDDEN"}`),
		{"a mark of byte order", "\ufeff" + `{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`},
		{"a record of the audit", `{"seq":1,"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"FORBIDDEN"}}`},
	}
}

// TestForms sends each form over stdio. The server sees nothing of it, it is refused, and the audit
// has it once.
func TestForms(t *testing.T) {
	t.Parallel()
	g := newGate(t, formed)
	g.begin(`{}`)
	g.settle()
	all := forms()
	for _, a := range all {
		before, at := g.denials(), len(g.read("seen"))
		g.send(a.line)
		if m := g.receive(); !m.isDenied() {
			t.Errorf("%s: answered %.300s", a.name, m.raw)
		}
		g.settle()
		if new := g.read("seen")[at:]; strings.Contains(new, "FORBIDDEN") {
			t.Errorf("%s: reached the server as %.500s", a.name, new)
		}
		if n := g.denials() - before; n != 1 {
			t.Errorf("%s: has %d denials in the audit", a.name, n)
		}
	}
	for name, arguments := range map[string]string{ // what the conditions are for goes on
		"put": `{"path":"/tmp/ok/a b.txt"}`, "open": `{"url":"https://example.com/a/b?c=d"}`, "run": `{"cmd":"ls"}`, "pay": `{"account":1,"to":{"account":2}}`, "first": `{"to":["a"]}`,
		"each": `{"to":[{"kind":"a"},{"kind":"b"}]}`, "some": `{"to":["x"]}`, "mode": `{"mode":"x"}`, "none": `{}`, "size": `{"n":1}`,
	} {
		if m := g.call(name, arguments); m.isDenied() {
			t.Errorf("%s %s: %s", name, arguments, m.raw)
		}
	}
	g.records()
	if len(all) < 110 {
		t.Errorf("there are only %d attempts", len(all))
	}
}
