package codegen

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/test/sample"
)

// signIn is one way to sign in to the sample API.
type signIn struct {
	name, method, path string
	header             flow.Header
	variables          map[string]string // what the program reads
}

// signIns returns the ways that need no sign-in, with fresh credentials.
func signIns(t *testing.T, client *http.Client, base string) []signIn {
	t.Helper()
	token := must.Get(sample.Token(t.Context(), client, base, "alice"))
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(sample.AdminUser+":"+sample.AdminPassword))
	return []signIn{
		{"key", "GET", "/api/v1/products/oak-stool", flow.Header{{Name: "X-Api-Key", Value: sample.APIKey}}, map[string]string{"API_KEY": sample.APIKey}},
		{"bearer", "GET", "/api/v1/accounts/me", flow.Header{{Name: "Authorization", Value: "Bearer " + token}}, map[string]string{"API_TOKEN": token}},
		{"basic", "GET", "/admin/reports/sales?from=2026-03-01&to=2026-03-02", flow.Header{{Name: "Authorization", Value: basic}}, map[string]string{"BASIC_USER": sample.AdminUser, "BASIC_PASSWORD": sample.AdminPassword}},
	}
}

// TestCodeSignsIn runs programs against the sample API with credentials from the environment: those
// of each framework with Basic, which the libraries encode, and one with each way to sign in. It
// prints the captured response.
func TestCodeSignsIn(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	api := httptest.NewServer(sample.New())
	defer api.Close()
	for _, x := range signIns(t, api.Client(), api.URL) {
		path, query, _ := strings.Cut(x.path, "?")
		f := newFlow(x.method, strings.TrimPrefix(api.URL, "http://"), path, query)
		f.Request.Header = x.header
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
				if got = strings.TrimSpace(got); got != want && got != strings.TrimSpace(want[:min(500, len(want))]) {
					t.Errorf("got  %s\nwant %s\n%s", got, want, p.Code)
				}
			})
		}
	}
}

// TestCodeAnswersChallenges runs programs against a server that demands Digest or Negotiate: the
// libraries answer it with what a person has, and a library that cannot says which can.
func TestCodeAnswersChallenges(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fields := regexp.MustCompile(`(\w+)="?([^",]*)`).FindAllStringSubmatch(r.Header.Get("Authorization"), -1)
		sent := map[string]string{}
		for _, f := range fields {
			sent[f[1]] = f[2]
		}
		md5 := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
		want := md5(md5("ann:docs:pa:ss") + ":n1:" + sent["nc"] + ":" + sent["cnonce"] + ":auth:" + md5("POST:/docs"))
		if sent["username"] != "ann" || sent["response"] != want {
			w.Header().Set("WWW-Authenticate", `Digest realm="docs", nonce="n1", qop="auth"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusCreated)
		io.Copy(w, r.Body)
	}))
	defer api.Close()
	f := newFlow("POST", strings.TrimPrefix(api.URL, "http://"), "/docs", "")
	f.Request.Header = flow.Header{{Name: "Authorization", Value: `Digest username="ann", response="8c3d7e21aa90b4c5d6e7f8091a2b3c4d"`}}
	f.Request.Body = flow.Body{Data: []byte("a=1"), Size: 3}
	for _, framework := range []string{"requests", "httpx", "curl"} {
		t.Run(framework, func(t *testing.T) {
			run := interpreter(t, framework)
			got := outputOf(t, run, generate(framework, f), map[string]string{"DIGEST_USER": "ann", "DIGEST_PASSWORD": "pa:ss"})
			if !strings.HasSuffix(strings.TrimSpace(got), "a=1") {
				t.Error(got)
			}
		})
	}
	for framework, want := range map[string]string{
		"fetch":     "throw new Error(\"fetch cannot sign in with digest: use a program for aiohttp or curl or httpx or requests\");\n",
		"curl_cffi": "raise SystemExit(\"curl_cffi cannot sign in with digest: use a program for aiohttp or curl or httpx or requests\")\n",
	} {
		if p := generate(framework, f); p.Code != want || len(p.Variables) > 0 {
			t.Errorf("%s: %s", framework, p.Code)
		}
	}
	f.Request.Header[0].Value = "Negotiate YIIJvwYGKwYBBQUCoIIJszCCCa+gMDAuBgkqhkiC9xIBAgI="
	for framework, want := range map[string]string{"curl": "--negotiate --user :", "requests": "auth=requests_gssapi.HTTPSPNEGOAuth(),"} {
		if p := generate(framework, f); !strings.Contains(p.Code, want) || strings.Contains(p.Code, "Authorization") || len(p.Variables) > 0 {
			t.Errorf("%s: %s", framework, p.Code)
		}
	}
}

// captured returns the body that a client of the API gets.
func captured(t *testing.T, client *http.Client, base string, x signIn) string {
	t.Helper()
	r, _ := http.NewRequest(x.method, base+x.path, nil)
	for _, h := range x.header {
		r.Header.Set(h.Name, h.Value)
	}
	resp := must.Get(client.Do(r))
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v, %s", x.name, resp.StatusCode, err, data)
	}
	return strings.TrimSpace(string(data))
}

// outputOf runs a program with these variables and no others of the same names.
func outputOf(t *testing.T, run []string, p Program, variables map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	must.Do(t, os.WriteFile(filepath.Join(dir, run[len(run)-1]), []byte(p.Code), 0o600))
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
