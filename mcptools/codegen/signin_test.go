package codegen

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/demo"
)

// signIn is one way to sign in to the sample API.
type signIn struct {
	name, method, path string
	header             flow.Header
	body               string
	variables          map[string]string // what the program reads
}

// session is the value of a cookie that a page beside the sample API needs.
const session = "5f0c9b7e2a4d4c1f9e3b8a76"

// signIns returns the five ways, with fresh credentials.
func signIns(t *testing.T, client *http.Client, base string) []signIn {
	t.Helper()
	token, err := demo.Token(t.Context(), client, base, "alice")
	if err != nil {
		t.Fatal(err)
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(demo.AdminUser+":"+demo.AdminPassword))
	form := flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	return []signIn{
		{"key", "GET", "/api/v1/products/oak-stool", flow.Header{{Name: "X-Api-Key", Value: demo.APIKey}}, "", map[string]string{"API_KEY": demo.APIKey}},
		{"bearer", "GET", "/api/v1/accounts/me", flow.Header{{Name: "Authorization", Value: "Bearer " + token}}, "", map[string]string{"API_TOKEN": token}},
		{"basic", "GET", "/admin/reports/sales?from=2026-03-01&to=2026-03-02", flow.Header{{Name: "Authorization", Value: basic}}, "", map[string]string{"BASIC_USER": demo.AdminUser, "BASIC_PASSWORD": demo.AdminPassword}},
		{"cookie", "GET", "/admin/page", flow.Header{{Name: "Cookie", Value: "shop_session=" + session}}, "", map[string]string{"SESSION_COOKIE": session}},
		{"token endpoint", "POST", "/oauth/token", form, "grant_type=password&username=alice&password=" + demo.Password("alice") + "&client_id=" + demo.ClientID,
			map[string]string{"PASSWORD": demo.Password("alice")}},
	}
}

// TestCodeSignsIn runs programs against the sample API with credentials from the environment: those
// of each framework with Basic, which the libraries encode, and one with each way to sign in. It
// prints the captured response.
func TestCodeSignsIn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	mux := http.NewServeMux()
	mux.Handle("/", demo.New())
	mux.HandleFunc("GET /admin/page", func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie("shop_session"); err != nil || c.Value != session {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintln(w, `{"page": "of the administrator"}`)
	})
	api := httptest.NewServer(mux)
	defer api.Close()
	for _, x := range signIns(t, api.Client(), api.URL) {
		path, query, _ := strings.Cut(x.path, "?")
		f := newFlow(x.method, strings.TrimPrefix(api.URL, "http://"), path, query)
		f.Request.Header = x.header
		f.Request.Body = flow.Body{Data: []byte(x.body), Size: int64(len(x.body))}
		want := captured(t, api.Client(), api.URL, x)
		for framework := range interpreters {
			if x.name != "basic" && framework != "curl" {
				continue
			}
			t.Run(x.name+"/"+framework, func(t *testing.T) {
				run := interpreter(t, framework)
				p := generate(framework, f)
				names := []string{}
				for _, v := range p.Variables {
					names = append(names, v.Name)
				}
				if want := slices.Sorted(maps.Keys(x.variables)); !slices.Equal(slices.Sorted(slices.Values(names)), want) {
					t.Fatalf("the variables are %q, want %q\n%s", names, want, p.Code)
				}
				got := outputOf(t, run, p, x.variables)
				if framework != "curl" { // which prints no status
					var ok bool
					if got, ok = strings.CutPrefix(got, "200 "); !ok {
						t.Fatalf("got %s", got)
					}
				}
				if x.body != "" { // a token endpoint gives another token each time
					got = keysOf(t, got)
				}
				if got = strings.TrimSpace(got); got != want && got != strings.TrimSpace(want[:min(500, len(want))]) {
					t.Errorf("got  %s\nwant %s\n%s", got, want, p.Code)
				}
			})
		}
	}
}

// captured returns the body that a client of the API gets, or its keys for the token endpoint.
func captured(t *testing.T, client *http.Client, base string, x signIn) string {
	t.Helper()
	r, err := http.NewRequest(x.method, base+x.path, strings.NewReader(x.body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range x.header {
		r.Header.Set(h.Name, h.Value)
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v, %s", x.name, resp.StatusCode, err, data)
	}
	if x.body != "" {
		return keysOf(t, string(data))
	}
	return strings.TrimSpace(string(data))
}

// keysOf returns the keys of an object.
func keysOf(t *testing.T, text string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return strings.Join(slices.Sorted(maps.Keys(v)), " ")
}

// outputOf runs a program with these variables and no others of the same names.
func outputOf(t *testing.T, run []string, p Program, variables map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, run[len(run)-1]), []byte(p.Code), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), run[0], run[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "no_proxy=*")
	for name, value := range variables {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, errs.String(), p.Code)
	}
	return string(out)
}
