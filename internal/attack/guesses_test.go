package attack

import (
	"path/filepath"
	"strings"
	"testing"
)

// What replay_flow says of the request that it would send tells nothing about guesses (threat 6).
func TestGuessesInRequests(t *testing.T) {
	const secret, wrong = "correcthorse77", "correcthorse78"
	db := captureOnce(t, exchange{method: "POST", url: "https://api.example/login?session=1", typ: "application/json",
		body: `{"user":"u","password":"` + secret + `"}`})
	for _, c := range []struct {
		name, tool, argument, value string // with GUESS
	}{
		{"value of the query", "replay_flow", "query_json", `{"password":"GUESS"}`},
		{"known parameter of the query", "replay_flow", "query_json", `{"session":"GUESS"}`},
		{"text in the query", "replay_flow", "query_json", `{"note":"password=GUESS"}`},
		{"name in the query", "replay_flow", "query_json", `{"GUESS":"1"}`},
		{"name and value", "replay_flow", "query_json", `{"password=GUESS&a":"1"}`},
		{"variable in the query", "replay_flow", "query_json", `{"password":"$g"}`},
		{"header", "replay_flow", "headers_json", `{"X-Api-Key":"GUESS"}`},
		{"name of a header", "replay_flow", "headers_json", `{"GUESS":"1"}`},
		{"header that cannot be sent", "replay_flow", "headers_json", `{"password: GUESS":"1"}`},
		{"cookie", "replay_flow", "headers_json", `{"Cookie":"session=GUESS"}`},
		{"body", "replay_flow", "body", `{"password":"GUESS"}`},
		{"method", "replay_flow", "method", "GUESS"},
		{"method that cannot be sent", "replay_flow", "method", "password: GUESS"},
		{"parameter", "fuzz_endpoint", "target_param", "password=GUESS"},
	} {
		try(t, c.name, "writes guesses of a secret into a request and compares what the tool says of it",
			"the answers to a right and a wrong guess are alike", func(a *attack) {
				var answers []string
				g := a.agent(legacy, []string{"mcp", "--db", db(a), "--allow", "send", "--send-to", "https://api.example"})
				for _, guess := range []string{secret, wrong} {
					g.fine("set_session_variable", object{"name": "g", "value": guess})
					r := g.call(c.tool, object{"flow_id": 1, c.argument: strings.ReplaceAll(c.value, "GUESS", guess)})
					text := strings.ReplaceAll(fence.ReplaceAllString(r.text, ""), guess, "GUESS")
					answers = append(answers, strings.ReplaceAll(text, strings.ToUpper(guess), "GUESS"))
				}
				if answers[0] != answers[1] {
					a.breach("the answers differ:\n%.700s\n%.700s", answers[0], answers[1])
				}
			})
	}
}

// A file that an agent writes and loads tells nothing about captured secrets (threat 6).
func TestGuessesInFiles(t *testing.T) {
	const secret = "correcthorse77"
	login := func(url string) exchange {
		return exchange{method: "POST", url: url, header: []string{"X-Api-Key: " + secret}, typ: "application/json", body: `{"password":"` + secret + `"}`}
	}
	for _, add := range []bool{true, false} {
		name := map[bool]string{true: "added", false: "in place of the capture"}[add]
		try(t, name, "loads a file of guesses and compares their placeholders with those of the capture",
			"a right guess has another placeholder", func(a *attack) {
				db := a.capture(login("https://api.example/login"))
				files := filepath.Join(a.dir, "files")
				a.file("files/guesses.har", har(login("https://x.example/a"), login("https://x.example/b")))
				g := a.agent(legacy, []string{"mcp", "--db", db, "--allow", "import", "--files", files})
				shown := placeholders.FindString(g.fine("inspect_flows", object{"flow_ids": 1}).text)
				args := object{"file_path": "guesses.har", "append": add}
				g.call("load_traffic_file", args)
				g.confirm("load_traffic_file", args)
				first, second := g.fine("inspect_flows", object{"flow_ids": 2}).text, g.fine("inspect_flows", object{"flow_ids": 3}).text
				a.excluding("the loaded flow", first, shown)
				if mark := placeholders.FindString(first); mark == "" || !strings.Contains(second, mark) {
					a.breach("flows of one file do not share placeholders:\n%s\n%s", first, second)
				}
				if add {
					a.including("a comparison", g.fine("compare_flows", object{"a": 1, "b": 2}).text, "hidden")
				}
			})
	}
}
