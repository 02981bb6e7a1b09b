package attack

import (
	"strings"
	"testing"
)

// A captured POST, its twin, and a GET.
func (a *attack) captureOf(u *upstream) string {
	a.Helper()
	return a.capture(
		exchange{method: "POST", url: u.URL + "/pay?to=alice", typ: "application/json", body: `{"to":"alice","n":1}`},
		exchange{method: "GET", url: u.URL + "/list?q=1"},
		exchange{method: "POST", url: u.URL + "/login", typ: "application/json", body: `{"user":"u"}`,
			answerType: "application/json", answerBody: `{"next":"harmless","other":"evil"}`},
	)
}

// Consent to replay_flow and fuzz_endpoint covers the request (threat 1).
func TestConsentOfReplay(t *testing.T) {
	const tries = "gets a harmless call held or confirmed and changes what it would send before it leaves"
	const holds = "what leaves is what was shown"
	set := func(g *agent, name, value string) {
		g.fine("set_session_variable", object{"name": name, "value": value})
	}
	extract := func(g *agent, pattern string) {
		g.fine("extract_session_variable", object{"name": "x", "flow_id": 3, "regex_pattern": pattern})
	}
	for _, c := range []struct {
		name   string
		tool   string
		args   object
		before func(g *agent)
		change func(g *agent)
	}{
		{"body variable", "replay_flow", object{"flow_id": 1, "body": "$x"},
			func(g *agent) { set(g, "x", "harmless") }, func(g *agent) { set(g, "x", "evil") }},
		{"unset variable", "replay_flow", object{"flow_id": 1, "body": "pay $x"},
			func(g *agent) {}, func(g *agent) { set(g, "x", "evil") }},
		{"header variable", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-To":"${x}"}`},
			func(g *agent) { set(g, "x", "harmless") }, func(g *agent) { set(g, "x", "evil") }},
		{"cookie variable", "replay_flow", object{"flow_id": 1, "headers_json": `{"cookie":"to=$x"}`},
			func(g *agent) { set(g, "x", "harmless") }, func(g *agent) { set(g, "x", "evil") }},
		{"two variables in turn", "replay_flow", object{"flow_id": 1, "body": "$x$y"},
			func(g *agent) { set(g, "x", "harmless"); set(g, "y", "") }, func(g *agent) { set(g, "y", "evil"); set(g, "x", "") }},
		{"extracted variable", "replay_flow", object{"flow_id": 1, "body": "$x"},
			func(g *agent) { extract(g, `next":"([a-z]+)`) }, func(g *agent) { extract(g, `other":"([a-z]+)`) }},
		{"text becomes a captured value", "replay_flow", object{"flow_id": 1, "body": "$x"},
			func(g *agent) { set(g, "x", "harmless") }, func(g *agent) { extract(g, `other":"([a-z]+)`) }},
		{"empty becomes longer", "replay_flow", object{"flow_id": 1, "body": "{}$x"},
			func(g *agent) { set(g, "x", "") }, func(g *agent) { set(g, "x", "evil") }},
	} {
		for _, revision := range []string{legacy, modern} {
			try(t, "model/"+revision+"/"+c.name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				g := a.agent(revision, sending(a.captureOf(u), u))
				c.before(g)
				if r := g.call(c.tool, c.args); !r.held() {
					a.breach("the call was not held: %s", r.raw)
				}
				c.change(g)
				g.confirm(c.tool, c.args)
				a.untouched(u)
			})
			// The user accepts, and a second call changes the variable while the question is open.
			try(t, "person/"+revision+"/"+c.name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				var g *agent
				ready := make(chan struct{})
				asked := 0
				g = a.agent(revision, sending(a.captureOf(u), u), deciding(func(q string) string {
					<-ready
					if asked++; asked > 1 {
						return "decline"
					}
					c.change(g)
					return "accept"
				}))
				close(ready)
				c.before(g)
				g.call(c.tool, c.args)
				if got := u.all(); strings.Contains(got, "evil") {
					a.breach("the changed request left after %q: %s", g.questions(), got)
				}
			})
		}
	}
}

// A consent is valid once, for one caller, one tool and one spelling of the request (threat 1).
func TestConsentIsNotReusable(t *testing.T) {
	const tries = "uses one consent for more than the call that it was given for"
	const holds = "at most one request leaves for one consent, and it is the one that was shown"
	base := object{"flow_id": 1, "body": "harmless"}
	with := func(kv ...any) object {
		out := object{}
		for k, v := range base {
			out[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			out[kv[i].(string)] = kv[i+1]
		}
		return out
	}
	for _, c := range []struct {
		name string
		args object
	}{
		{"another body", with("body", "evil")},
		{"another method", with("method", "DELETE")},
		{"a header more", with("headers_json", `{"X-Evil":"1"}`)},
		{"another flow", with("flow_id", 3)},
		{"no body", with("body", "__omit__")},
		{"a null argument", with("method", nil, "body", "evil")},
	} {
		for _, revision := range []string{legacy, modern} {
			try(t, revision+"/"+c.name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				g := a.agent(revision, sending(a.captureOf(u), u))
				g.call("replay_flow", base)
				g.confirm("replay_flow", c.args)
				a.untouched(u)
			})
			try(t, revision+"/state of the question with "+c.name, tries, holds, func(a *attack) {
				if revision == legacy {
					return // it has no state
				}
				u := a.upstream(nil)
				g := a.agent(revision, sending(a.captureOf(u), u), asking("accept"))
				q := g.callOnce(object{"name": "replay_flow", "arguments": base})
				g.callOnce(object{"name": "replay_flow", "arguments": c.args, "requestState": q.state,
					"inputResponses": object{"confirm": object{"action": "accept", "content": object{}}}})
				a.untouched(u)
			})
		}
	}
	for _, revision := range []string{legacy, modern} {
		try(t, revision+"/confirmed at once", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, sending(a.captureOf(u), u))
			g.confirm("replay_flow", base)
			a.untouched(u)
		})
		try(t, revision+"/twenty confirmations at once", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, sending(a.captureOf(u), u))
			g.call("replay_flow", base)
			done := make(chan struct{})
			for range 20 {
				go func() {
					g.confirm("replay_flow", base)
					done <- struct{}{}
				}()
			}
			for range 20 {
				<-done
			}
			if n := len(u.requests()); n > 1 {
				a.breach("%d requests left for one consent", n)
			}
		})
		try(t, revision+"/held by one tool, confirmed for another", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, sending(a.captureOf(u), u))
			args := object{"flow_id": 1, "target_param": "to", "param_type": "json_body"}
			g.call("replay_flow", object{"flow_id": 1})
			g.confirm("fuzz_endpoint", args)
			a.untouched(u)
		})
		try(t, revision+"/declined, then confirmed by the model", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, sending(a.captureOf(u), u), asking("decline"))
			g.call("replay_flow", base)
			g.confirm("replay_flow", base)
			a.untouched(u)
		})
		try(t, revision+"/cancelled question", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, sending(a.captureOf(u), u), asking("cancel"))
			g.call("replay_flow", base)
			a.untouched(u)
		})
		try(t, revision+"/answer without a form of consent", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, sending(a.captureOf(u), u), asking("yes, go on"))
			g.call("replay_flow", base)
			a.untouched(u)
		})
		try(t, revision+"/model confirms under --require-human", tries, holds, func(a *attack) {
			u := a.upstream(nil)
			g := a.agent(revision, append(sending(a.captureOf(u), u), "--require-human"))
			g.call("replay_flow", base)
			g.confirm("replay_flow", base)
			a.untouched(u)
		})
	}
	try(t, "state used twice", tries, holds, func(a *attack) {
		u := a.upstream(nil)
		g := a.agent(modern, sending(a.captureOf(u), u), asking("accept"))
		q := g.callOnce(object{"name": "replay_flow", "arguments": base})
		for range 3 {
			g.callOnce(object{"name": "replay_flow", "arguments": base, "requestState": q.state,
				"inputResponses": object{"confirm": object{"action": "accept", "content": object{}}}})
		}
		if n := len(u.requests()); n > 1 {
			a.breach("%d requests left for one answer", n)
		}
	})
	try(t, "answer without a question", tries, holds, func(a *attack) {
		u := a.upstream(nil)
		g := a.agent(modern, sending(a.captureOf(u), u), asking("accept"))
		for _, state := range []string{"", "AAAA", strings.Repeat("A", 100), "e30.e30"} {
			g.callOnce(object{"name": "replay_flow", "arguments": base, "requestState": state,
				"inputResponses": object{"confirm": object{"action": "accept", "content": object{}}}})
		}
		a.untouched(u)
	})
	try(t, "declined state with another answer", tries, holds, func(a *attack) {
		u := a.upstream(nil)
		g := a.agent(modern, sending(a.captureOf(u), u), asking("decline"))
		q := g.callOnce(object{"name": "replay_flow", "arguments": base})
		for _, action := range []string{"decline", "accept"} {
			g.callOnce(object{"name": "replay_flow", "arguments": base, "requestState": q.state,
				"inputResponses": object{"confirm": object{"action": action, "content": object{}}}})
		}
		a.untouched(u)
	})
	try(t, "question in one revision, confirmation in the other", tries, holds, func(a *attack) {
		u := a.upstream(nil)
		g := a.agent(legacy, sending(a.captureOf(u), u), asking("decline"))
		g.call("replay_flow", base)
		g.revision, g.asks = modern, false
		g.request("server/discover", object{})
		g.revision = legacy
		g.call("replay_flow", base)
		g.confirm("replay_flow", base)
		a.untouched(u)
	})
}
