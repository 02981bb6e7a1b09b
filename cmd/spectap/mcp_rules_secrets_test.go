package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRulesRevealNoSecrets checks that no rule of an agent shows it a secret that a client sends to
// an upstream which returns each request: not by renaming or dividing the secret, by two rules in a
// row, by a media type that redaction reads otherwise, or by the effect of a rule that matches a
// guess.
func TestRulesRevealNoSecrets(t *testing.T) {
	const secret = "kangaroo5tail"
	up := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	}))
	t.Cleanup(up.Close)
	upstreamCA := filepath.Join(t.TempDir(), "upstream.pem")
	noError(t, os.WriteFile(upstreamCA, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: up.Certificate().Raw}), 0o600))
	dir, err := os.MkdirTemp("", "r") // short, since the path of a socket is limited
	noError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	db := filepath.Join(dir, "flows.db")
	p := runProxy(t, db, filepath.Join(dir, "ca"), upstreamCA)
	a := runAgent(t, "--db", db, "--allow", "rules")
	type rule = map[string]any
	replace := func(id, path, pattern, value string) rule {
		return rule{"rule_id": id, "action_type": "replace_body", "url_pattern": path + "$", "search_pattern": pattern, "value": value}
	}
	header := func(id, path, key, value string) rule {
		return rule{"rule_id": id, "action_type": "inject_header", "url_pattern": path + "$", "key": key, "value": value}
	}
	for _, tt := range []struct {
		name    string
		path    string
		rules   []rule
		changed string // part of the request, as flows show it; "" for none
	}{
		{"rename", "/a", []rule{replace("a", "/a", `"password"`, `"note"`)}, ""},
		{"two rules", "/b", []rule{replace("b1", "/b", `"password":"`, `"p":"`), replace("b2", "/b", `"p":"(.)`, `"note":"\1","rest":"`)}, ""},
		{"letters", "/c", []rule{replace("c", "/c", `"password":"(.)(.)(.)(.)([^"]*)"`, `"a":"\1","b":"\2","c":"\3","d":"\4","e":"\5"`)}, "body"},
		{"guess in a body", "/d", []rule{replace("d", "/d", `"password":"kang`, `"found":"`)}, ""},
		{"media type", "/e", []rule{header("e", "/e", "Content-Type", "application/octet-stream")}, "header"},
		{"other credentials", "/f", []rule{header("f", "/f", "Authorization", "Bearer x")}, "header"},
		{"guess in a URL", "/g", []rule{header("g", "/g.token=kang.*", "X-Found", "yes")}, ""},
		{"guess in a header", "/h", []rule{header("h", "/h", "X-Guess", secret)}, "header"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range tt.rules {
				if got := a.call("add_interception_rule", r); got["error"] != nil {
					t.Fatalf("%v", got)
				}
			}
			u := up.URL + tt.path
			if tt.path == "/g" {
				u += "?token=" + secret
			}
			req, _ := http.NewRequest("POST", u, strings.NewReader(`{"user":"ann","password":"`+secret+`"}`))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+secret)
			resp := must(p.client.Do(req))
			resp.Body.Close()
			var listed bytes.Buffer // a slow answer gives its flow a second record
			if s := run(context.Background(), []string{"flows", "ls", "--db", db, "--json", "path:" + tt.path}, nil, &listed, &listed); s != 0 {
				t.Fatal(&listed)
			}
			var f struct{ Number int }
			noError(t, json.Unmarshal(listed.Bytes(), &f))
			n := fmt.Sprint(f.Number)
			shown := fmt.Sprint(asText(a.call("inspect_flows", map[string]any{"flow_ids": f.Number, "full_body": true})),
				asText(a.call("inspect_flows", map[string]any{"flow_ids": n, "full_body": true})))
			for _, args := range [][]string{{"flows", "show", "--db", db, n}, {"flows", "show", "--db", db, "--json", n}, {"flows", "export", "--db", db}} {
				var out bytes.Buffer
				if s := run(context.Background(), args, nil, &out, &out); s != 0 {
					t.Fatalf("%v: %s", args, &out)
				}
				shown += out.String()
			}
			for _, part := range []string{secret, "kang", "garoo", "5tail"} {
				if strings.Contains(strings.ReplaceAll(shown, "token=kang.*", ""), part) {
					t.Errorf("%q is shown: %s", part, shown)
				}
			}
			_, mark, _ := strings.Cut(shown, "(a rule changed the ")
			if mark, _, _ = strings.Cut(mark, " of this request"); mark != tt.changed {
				t.Errorf("marked as changed: %q, want %q: %s", mark, tt.changed, shown)
			}
		})
	}
}

func asText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
