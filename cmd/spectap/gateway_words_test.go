package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/gateway"
)

// TestGatewayConfigRefuses checks what is said of each mistake in a file of several servers.
func TestGatewayConfigRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("p.yaml", []byte("version: 1\ntools: {a: {}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const example = "try: servers: {NAME: {command: […], policy: FILE}}"
	for _, tt := range []struct{ servers, want, try string }{
		{`"a b": {command: [x], policy: p.yaml}`, `server "a b": the name must be of letters, digits and -, at most 32`, example},
		{`-a: {command: [x], policy: p.yaml}`, `server "-a": the name must be`, example},
		{strings.Repeat("a", 33) + `: {command: [x], policy: p.yaml}`, "at most 32", example},
		{`a: `, `server "a": it needs either command or url`, example},
		{`a: {policy: p.yaml}`, "it needs either command or url", example},
		{`a: {command: [x], policy: p.yaml, token_file: t}`, "token_file, token_env, token_command, oauth and header need url", example},
		{`a: {command: [x], policy: p.yaml, token_env: T}`, "need url", example},
		{`a: {command: [x], policy: p.yaml, token_command: [t]}`, "need url", example},
		{`a: {command: [x], policy: p.yaml, header: X-Key}`, "need url", example},
		{`a: {command: [x], policy: p.yaml, oauth: {client: c, issuer: "https://i.example"}}`, "need url", example},
		{`a: {url: "https://m.example", policy: p.yaml, token_file: t, token_env: T}`, "token_file, token_env, token_command and oauth exclude each other", example},
		{`a: {url: "https://m.example", policy: p.yaml, token_command: [t], oauth: {client: c, issuer: "https://i.example"}}`, "exclude each other", example},
		{`a: {command: [x], policy: p.yaml, prefix: ""}`, "prefix must have 1 to 32 letters, digits, _, - and .", example},
		{`a: {command: [x], policy: p.yaml, prefix: é}`, "prefix must have", example},
		{`a: {command: [x], policy: p.yaml, resources: ["file:///*", ""]}`, "a pattern of resources is empty", example},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {issuer: "https://i.example"}}`, `server "a": oauth: the id of the client is missing`, ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c}}`, "name either the issuer or its token endpoint", ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c, issuer: "https://i.example", token_url: "https://i.example/t"}}`, "name either the issuer or its token endpoint", ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c, issuer: "https://i.example", secret_file: f, secret_env: V}}`, "the secret is either in a file or in a variable", ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c, issuer: "https://i.example", scopes: [a, "b c"]}}`, `the scope "b c" has characters that no scope has`, ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c, issuer: "http://i.example"}}`, "oauth: http://i.example: ", ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c, token_url: "http://i.example/t"}}`, "oauth: http://i.example/t: ", ""},
		{`a: {url: "https://m.example", policy: p.yaml, oauth: {client: c, issuer: "https://i.example", secret_file: none, resource: ""}}`, "a: read the secret of the OAuth client: ", ""},
		{`a: {url: "https://m.example", policy: p.yaml, token_file: none}`, "a: ", ""},
	} {
		if err := os.WriteFile("c.yaml", []byte("servers:\n  "+tt.servers+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		status, out, errs := runHere("gateway", "--config", "c.yaml")
		if status == exitFine || out != "" || !strings.Contains(errs, tt.want) || !strings.Contains(errs, tt.try) {
			t.Errorf("%s: %d, %s%s\nwant %s, %s", tt.servers, status, out, errs, tt.want, tt.try)
		}
	}
	for _, tt := range []struct{ args, want, try string }{
		{"gateway --upstream https://m.example", "--policy is missing: without a policy everything would be denied", "try: spectap policy init --help"},
		{"gateway -- server -x", "--policy is missing", "try: spectap policy init -o policy.yaml -- server -x"},
		{"gateway --config none.yaml", "none.yaml", "try: "},
	} {
		if status, out, errs := runHere(strings.Fields(tt.args)...); status == exitFine || out != "" || !strings.Contains(errs, tt.want) || !strings.Contains(errs, tt.try) {
			t.Errorf("%s: %d, %s%s", tt.args, status, out, errs)
		}
	}
}

// TestGatewayStatusText checks what spectap gateway status prints.
func TestGatewayStatusText(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	s := gatewayStatus{
		PID: 7, Since: at, Clients: "http", Sessions: 2, Shadow: true, Audit: &auditStatus{File: "/audit", Seq: 9, Error: "the disk is full"},
		Servers: []gatewayServerStatus{
			{
				Name: "shop", Upstream: gateway.HealthReport{State: gateway.Restarting, Connections: 1, Restarts: 3, Restarting: 2, Pending: 1, Failure: "it ended"},
				Policy:   policyStatus{File: "/p", Version: "abc", Rejected: &rejection{Since: at, Error: "line 1\nline 2"}},
				Counters: []counterStatus{{Rule: "/r", Identity: "ann", Session: "s1", Used: "4", Max: "5", Percent: 80, Window: "1h"}}, MoreCounters: 1,
			},
			{
				Upstream: gateway.HealthReport{State: gateway.Idle}, Policy: policyStatus{File: "/q", Version: "def"},
				Counters: []counterStatus{{Rule: "/q", Used: "1", Max: "1", Percent: 100, Window: "session"}}, MoreCounters: 2,
			},
		},
		Grants: []grantStatus{
			{grantRow: grantRow{Name: "ci", Expires: at, Expired: true}, Sessions: 1},
			{grantRow: grantRow{Name: "ann", Expires: at, Tools: []string{"a", "b*"}, Policy: "/own"}},
			{grantRow: grantRow{Name: "bob", Policy: "/own"}, InForce: &policyStatus{File: "/own", Version: "ghi"}, MoreCounters: 1},
		},
	}
	const want = `gateway 7, since 2026-01-02 03:04:05, 2 sessions over http
  shadow: the policy is not enforced
  audit: /audit, record 9
    FAILED, all calls are denied: the disk is full
  server shop: restarting, 1 connection, 3 restarts, 1 pending call
    being restarted: 2 connections
    last failure: it ended
    policy: /p, version abc
    its newest version is not in force, since 2026-01-02 03:04:05:
      line 1
      line 2
    limit /r: ann, session s1 used 4 of 5 in 1h (80 %)
    and 1 other counter near a limit
  server: idle, 0 connections, 0 restarts, 0 pending calls
    policy: /q, version def
    limit /q: all callers used 1 of 1 in session (100 %)
    and 2 other counters near a limit
  grant ci: 1 session, EXPIRED
  grant ann: 0 sessions, until 2026-01-02 03:04, tools a b*
    policy: /own, not used yet
  grant bob: 0 sessions
    policy: /own, version ghi
    and 1 other counter near a limit
`
	var b strings.Builder
	if s.print(&b); b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// TestGrantCommands adds, lists, replaces and revokes grants, and makes the mistakes that people make.
func TestGrantCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("damaged.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := func(list [][3]string) {
		t.Helper()
		for _, tt := range list {
			status, out, errs := runHere(append([]string{"grant"}, strings.Fields(tt[0])...)...)
			if (status == exitFine) != (tt[2] == "") || !strings.Contains(out+errs, tt[1]) || !strings.Contains(errs, tt[2]) {
				t.Errorf("grant %s: %d, %s%s, want %q, %q", tt[0], status, out, errs, tt[1], tt[2])
			}
		}
	}
	steps([][3]string{ // a command, what it says, and the hint of an error
		{"", "spectap grant [command]", ""},
		{"add ci --grants g.json --expires 12h", "", ""},
		{"add ci --grants g.json", "add the grant ci: ", "try: spectap grant rotate ci --grants g.json"},
		{"add deploy --grants g.json --tools read_*", "", ""},
		{"ls --grants g.json", "ci                    since ", ""},
		{"rotate deplay --grants g.json", "there is no such grant", "try: spectap grant rotate deploy --grants g.json"},
		{"revoke nobody --grants g.json", "there is no such grant", "try: spectap grant ls --grants g.json"},
		{"add -- --grants", "--grants is missing", "try: spectap grant add"},
		{"add § --grants g.json", "a name has 1 to 64", "try: spectap grant add NAME --grants g.json"},
		{"add " + strings.Repeat("a", 65) + " --grants g.json", "a name has 1 to 64", "try: spectap grant add NAME --grants g.json"},
		{"add .x/y --grants g.json", "a name has 1 to 64", "try: spectap grant add x-y --grants g.json"},
		{"add dan --grants g.json --policy none.yaml", "none.yaml", "try: "},
		{"ls --grants damaged.json", "damaged.json is damaged", "try: "},
		{"rotate ci --grants damaged.json", "damaged.json is damaged", "try: "},
		{"rotate ci", "--grants is missing", "try: spectap grant rotate --grants grants.json ci"},
	})
	_, listed, _ := runHere("grant", "ls", "--grants", "g.json")
	if !regexp.MustCompile(`(?m)^ci +since \S+ \S+  until \S+ \S+$`).MatchString(listed) || !strings.Contains(listed, "  tools read_*\n") {
		t.Errorf("listed %s", listed)
	}
	data, err := os.ReadFile("g.json")
	if err != nil {
		t.Fatal(err)
	}
	old := regexp.MustCompile(`"expires": ?"[^"]*"`).ReplaceAll(data, []byte(`"expires": "2026-01-02T03:04:00Z"`))
	if err := os.WriteFile("g.json", old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := runHere("grant", "ls", "--grants", "g.json"); !strings.Contains(out, "  EXPIRED 2026-01-0") || strings.Contains(out, "until") {
		t.Errorf("after it has expired: %s", out)
	}
}
