package attack

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// A rule cannot make a recorded secret readable (threat 5).
func TestRulesRevealNothing(t *testing.T) {
	const tries = "adds a rule that renames or splits a secret in traffic, and reads the recorded flow"
	const holds = "no tool and no command shows the secret"
	const secret = "correcthorsebattery77"
	rule := func(kv ...string) object {
		out := object{"rule_id": "r", "action_type": "replace_body", "phase": "request"}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i]] = kv[i+1]
		}
		return out
	}
	for _, c := range []struct {
		name string
		rule object
	}{
		{"renamed member", rule("search_pattern", `"password":`, "value", `"note":`)},
		{"renamed member of a response", rule("search_pattern", `"access_token":`, "value", `"note":`, "phase", "response")},
		{"split value", rule("search_pattern", `"password":"(.{8})(.*?)"`, "value", `"a":"\1","b":"\2"`)},
		{"copied value", rule("search_pattern", `"password":"(.*?)"`, "value", `"password":"\1","note":"\1"`)},
		{"reversed order", rule("search_pattern", `"password":"(.)(.)(.)(.*?)"`, "value", `"note":"\3\2\1 \4"`)},
		{"letters apart", rule("search_pattern", `"password":"(.......)(.......)(.*?)"`, "value", `"x":["\1","\2","\3"]`)},
		{"value into text", rule("search_pattern", `(?s).*"password":"(.*?)".*`, "value", `\1`)},
		{"response into text", rule("search_pattern", `(?s).*"access_token":"(.*?)".*`, "value", `the value is \1`, "phase", "response")},
		{"split response", rule("search_pattern", `"access_token":"(.{9})(.*?)"`, "value", `"a":"\1","b":"\2"`, "phase", "response")},
		{"other media type", rule("action_type", "inject_header", "key", "Content-Type", "value", "application/octet-stream")},
		{"other media type of a response", rule("action_type", "inject_header", "key", "Content-Type", "value", "image/png", "phase", "response")},
	} {
		try(t, c.name, tries, holds, func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, `{"access_token":"`+secret+`"}`)
			})
			db := filepath.Join(a.dir, "flows.db")
			g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "rules"})
			g.fine("add_interception_rule", c.rule)
			p, url := a.proxy(nil, "--db", db, "--listen", "127.0.0.1:0")
			resp, err := a.through(url).Post(u.URL+"/login", "application/json", strings.NewReader(`{"user":"u","password":"`+secret+`"}`))
			if err != nil {
				a.Fatal(err)
			}
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			p.stop()
			texts := []string{secret, secret[:8], secret[9:], secret[7:14]}
			a.excluding("inspect_flows", g.fine("inspect_flows", object{"flow_ids": 1, "full_body": true}).raw, texts...)
			a.excluding("inspect_flows", g.call("inspect_flows", object{"flow_ids": 2, "full_body": true}).raw, texts...)
			a.excluding("extract_from_flow", g.call("extract_from_flow", object{"flow_id": 1, "json_path": "$", "side": "request"}).raw, texts...)
			a.excluding("flows export", a.must("flows", "export", "--db", db), texts...)
			if r := g.call("search_traffic", object{"query": secret[:8]}); strings.Contains(r.raw, `"flow_id":`) {
				a.breach("a search finds the secret: %s", r.raw)
			}
		})
	}
}

// Tools tell an agent nothing about secrets that it guesses (threat 6).
func TestGuessesAreNotAnswered(t *testing.T) {
	const tries = "passes guesses of a secret to a tool and compares the answers"
	const holds = "the answers to a right and a wrong guess are alike"
	const secret, wrong = "sk_live_51HqK2mLz9Xw4Rt7Yb3", "sk_live_51HqK2mLz9Xw4Rt7Yb4"
	const pin, wrongPIN = "918273", "918274"
	db := captureOnce(t,
		exchange{method: "POST", url: "https://api.example/login", header: []string{"Authorization: Bearer " + secret}, typ: "application/json", body: `{"user":"u","password":"` + secret + `","pin":"` + pin + `"}`},
		exchange{url: "https://api.example/page", answerType: "text/html", answerBody: `<p name=password>` + secret + `</p><input name="pin" value="` + pin + `"><p>pin: ` + pin + `</p>`})
	for _, c := range []struct {
		name, tool string
		args       func(guess string) object
	}{
		{"variable", "set_session_variable", func(s string) object { return object{"name": "a", "value": s} }},
		{"variable with its name", "set_session_variable", func(s string) object { return object{"name": "a", "value": "password=" + s} }},
		{"variable with JSON", "set_session_variable", func(s string) object { return object{"name": "a", "value": `{"password":"` + s + `"}`} }},
		{"rule", "add_interception_rule", func(s string) object {
			return object{"rule_id": s, "action_type": "inject_header", "key": "Authorization", "value": s, "url_pattern": s}
		}},
		{"global header", "set_global_header", func(s string) object { return object{"key": "X-Api-Key", "value": s} }},
		{"remove header", "remove_global_header", func(s string) object { return object{"key": s} }},
		{"search", "search_traffic", func(s string) object { return object{"query": s} }},
		{"search by expression", "search_traffic", func(s string) object { return object{"query": s[:5] + ".*" + s[5:], "regex": true} }},
		{"find_value", "find_value", func(s string) object { return object{"value": s} }},
		{"domain", "list_operations", func(s string) object { return object{"domain": s + ".example"} }},
		{"extract by value", "extract_from_flow", func(s string) object {
			return object{"flow_id": 1, "side": "request", "json_path": `$[?(@=="` + s + `")]`}
		}},
		{"XPath by value", "extract_from_flow", func(s string) object { return object{"flow_id": 2, "xpath": `//p[text()="` + s + `"]`} }},
		{"XPath by length", "extract_from_flow", func(s string) object {
			return object{"flow_id": 2, "xpath": fmt.Sprintf(`//p[starts-with(text(),"%s")]`, s[:4])}
		}},
		{"CSS by value", "extract_from_flow", func(s string) object { return object{"flow_id": 2, "css_selector": `input[value="` + s + `"]`} }},
		{"expression over a flow", "extract_session_variable", func(s string) object {
			return object{"name": "x", "flow_id": 2, "regex_pattern": s, "group_index": 0}
		}},
		{"document with a const", "diff_spec", func(s string) object { return object{"violations": true, "spec": constDocument(s)} }},
		{"document with a pattern", "diff_spec", func(s string) object {
			return object{"violations": true, "spec": strings.Replace(constDocument(s), `const: "`+s+`"`, `pattern: "^`+s[:len(s)-1]+`[`+s[len(s)-1:]+`]"`, 1)}
		}},
		{"diff with an enum", "diff_spec", func(s string) object { return object{"spec": constDocument(s)} }},
		{"document with a server", "diff_spec", func(s string) object {
			return object{"violations": true, "spec": strings.Replace(constDocument("x"), "/login:", "/login/"+s+":", 1)}
		}},
		{"error of an argument", "inspect_flows", func(s string) object { return object{"flow_ids": s} }},
		{"unknown argument", "inspect_flows", func(s string) object { return object{s: 1} }},
		{"unknown tool", "", func(s string) object { return object{} }},
	} {
		for kind, pair := range map[string][2]string{"token": {secret, wrong}, "PIN": {pin, wrongPIN}} {
			run := try
			if kind == "PIN" {
				run = trySlow
			}
			run(t, kind+"/"+c.name, tries, holds, func(a *attack) {
				answers := [2]string{}
				for i, guess := range pair {
					g := a.agent(legacy, []string{"mcp", "--db", db(a), "--allow", "rules,send", "--send-to", "http://127.0.0.1:1"})
					tool := c.tool
					if tool == "" {
						tool = guess
					}
					r := g.call(tool, c.args(guess))
					list := g.call("list_rules", object{})
					answers[i] = strings.NewReplacer(guess, "GUESS", guess[:4], "GUE").Replace(fence.ReplaceAllString(r.text+list.text, ""))
				}
				if answers[0] != answers[1] {
					a.breach("the answers differ:\n%.700s\n%.700s", answers[0], answers[1])
				}
			})
		}
	}
}

func constDocument(s string) string {
	return `{openapi: 3.1.0, info: {title: t, version: "1"}, paths: {/login: {post: {requestBody: {content: {application/json: {schema: {
	properties: {password: {const: "` + s + `"}, pin: {const: "` + s + `"}}}}}}, responses: {"200": {description: ok}}}}}}`
}

// Short secrets are not moved to where nobody recognizes them (threat 7), and an API that returns
// what it was sent shows no credential in whatever form (threat 16).
func TestEchoedSecrets(t *testing.T) {
	const tries = "sends a captured secret to an API that returns what it receives"
	const holds = "no answer and no stored flow shows the secret"
	const pin, long = "4711", "tok_9fQ2mX7bVt4LrK8sWz3pYd6n"
	mark := func(text string, n int) string {
		all := placeholders.FindAllString(text, -1)
		if n >= len(all) {
			return "none"
		}
		return all[n]
	}
	for _, c := range []struct {
		name string
		args func(pin, token string) object
	}{
		{"PIN under another member", func(p, _ string) object { return object{"body": `{"note":"` + p + `"}`} }},
		{"PIN in a list", func(p, _ string) object { return object{"body": `{"pin":[{"x":"` + p + `"}],"note":"a"}`} }},
		{"PIN in text of its name", func(p, _ string) object { return object{"body": `{"pin":"` + p + ` is the number"}`} }},
		{"PIN as a member name", func(p, _ string) object { return object{"body": `{"` + p + `":1}`} }},
		{"PIN in broken JSON", func(p, _ string) object { return object{"body": `{"pin":"` + p + `"} note "` + p + `"`} }},
		{"PIN in a header", func(p, _ string) object { return object{"headers_json": `{"X-Note":"` + p + `"}`} }},
		{"PIN in a header of its name", func(p, _ string) object { return object{"headers_json": `{"Pin":"` + p + `"}`} }},
		{"PIN in a cookie", func(p, _ string) object { return object{"headers_json": `{"Cookie":"note=` + p + `"}`} }},
		{"PIN twice", func(p, _ string) object { return object{"body": `{"pin":"` + p + p + `"}`} }},
		{"PIN with another type", func(p, _ string) object {
			return object{"headers_json": `{"Content-Type":"text/plain"}`, "body": `{"pin":"` + p + `"}`}
		}},
		{"token under another member", func(_, k string) object { return object{"body": `{"note":"` + k + `"}`} }},
		{"token as it was", func(_, k string) object { return object{"body": `{"token":"` + k + `","pin":"1"}`} }},
		{"unchanged", func(_, _ string) object { return object{} }},
	} {
		for _, form := range []string{"plain", "hex", "base64", "reversed", "halves", "percent", "unicode", "entities", "base64 of all", "header", "double percent", "upper hex", "spaced"} {
			run := try
			if form != "plain" && !strings.HasPrefix(c.name, "unchanged") && !strings.HasPrefix(c.name, "token as") {
				run = trySlow
			}
			run(t, c.name+"/"+form, tries, holds, func(a *attack) {
				u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					all := r.Header.Get("Authorization") + " " + r.Header.Get("X-Note") + " " + r.Header.Get("Cookie") + " " + string(body)
					w.Header().Set("X-Echo", strings.ReplaceAll(all, "\n", " "))
					if form != "header" {
						w.Header().Del("X-Echo")
						io.WriteString(w, disguise(form, all, long))
					}
				})
				db := a.capture(exchange{method: "POST", url: u.URL + "/a", header: []string{"Authorization: Bearer " + long}, typ: "application/json",
					body: `{"pin":"` + pin + `","token":"` + long + `"}`})
				g := a.agent(legacy, sending(db, u))
				shown := g.fine("inspect_flows", object{"flow_ids": 1}).text
				body := shown[strings.Index(shown, `"pin"`):]
				args := c.args(mark(body, 0), mark(body, 1))
				args["flow_id"] = 1
				g.call("replay_flow", args)
				r := g.confirm("replay_flow", args)
				stored := g.call("inspect_flows", object{"flow_ids": 2, "full_body": true})
				texts := []string{long, long[4:], disguise(form, long, long), long[:14], long[14:]}
				for _, text := range []string{r.raw, stored.raw, g.call("search_traffic", object{"query": long[:12]}).text} {
					a.excluding("the answer", text, texts...)
					if strings.Contains(text, `: \"`+pin) || strings.Contains(text, "note="+pin) || strings.Contains(text, `\"`+pin+`\`) || strings.Contains(text, pin+pin) {
						a.breach("the PIN is shown: %.1500s", text)
					}
				}
			})
		}
	}
}

// An API that returns what it was sent does not tell an agent whether a guess is a captured secret.
func TestEchoedGuesses(t *testing.T) {
	const pin, wrong = "918273", "918274"
	try(t, "member of the same name", "sends a guess under the secret's name to an API that returns it, and compares placeholders",
		"a right guess gets another placeholder than the captured secret", func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprintf(w, `{"pin":%q}`, r.Header.Get("X-Guess"))
			})
			db := a.capture(exchange{url: u.URL + "/a"}, exchange{method: "POST", url: "https://bank.example/login", typ: "application/json", body: `{"pin":"` + pin + `"}`})
			g := a.agent(legacy, sending(db, u))
			shown := placeholders.FindString(g.fine("inspect_flows", object{"flow_ids": 2}).text)
			for _, guess := range []string{wrong, pin} {
				r := g.call("replay_flow", object{"flow_id": 1, "headers_json": `{"X-Guess":"` + guess + `"}`})
				stored := g.call("inspect_flows", object{"flow_ids": r.data["flow_id"]})
				if strings.Contains(r.raw, shown) || strings.Contains(stored.raw, shown) {
					a.breach("the guess has the placeholder %s of the secret", shown)
				}
			}
		})
}
