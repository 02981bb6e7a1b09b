package capture

import "testing"

// TestParseRule checks that rules are parsed and normalized, and that malformed ones are refused.
func TestParseRule(t *testing.T) {
	for _, tt := range []struct{ in, out string }{
		{"api.example.com", ""},
		{"API.Example.com:8443/v1/", "api.example.com:8443/v1"},
		{".example.com", ""},
		{":8443", ""},
		{"[::1]:80", ""},
		{"bücher.example", "xn--bcher-kva.example"},
		{"my_host/a/b", ""},
		{"/health", ""},
		{"", "error"}, {".", "error"}, {"/", "error"}, {"https://example.com", "error"},
		{"\u00ad", "error"}, {".\u00ad", "error"}, {"\u00ad:80", "error"}, // soft hyphens, of which nothing is left
		{"\u00ad.", "error"}, {"\u00ad.a", "error"}, {"a..b", "error"}, {"..", "error"}, {"example.com.:80", "example.com:80"},
		{"[0:0:0:0:0:0:0:1]:80", "[::1]:80"},
		{"a.example:", "error"}, {":", "error"}, {".:80", "error"}, {"a.example/*", "error"}, {"a.example/v1*/x", "error"}, {"me:pw@a/b", "error"},
		{"a.example/", "a.example"}, {"a.example//", "a.example"}, {":80/x", ""}, {"[FE80::1]", "[fe80::1]"}, {".a.example:8443/x", ""},
		{"a b", "error"}, {"me@host", "error"}, {"host:http", "error"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			r, err := ParseScopeRule(tt.in)
			if (err != nil) != (tt.out == "error") {
				t.Fatalf("ParseRule(%q) = %v, %v", tt.in, r, err)
			}
			want := tt.out
			if want == "" {
				want = tt.in
			}
			if err == nil && r.String() != want {
				t.Errorf("%q is written %q, want %q", tt.in, r, want)
			}
		})
	}
}

// FuzzParseRule checks that every rule that parses is written in a form that parses to the same
// rule.
func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"a.example:80/x", ".a", ":1", "[::1]:80/", "ä.example", "\u00ad\u00ad", "\u00ad:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseScopeRule(s)
		if err != nil {
			return
		}
		again, err := ParseScopeRule(r.String())
		if err != nil || again != r {
			t.Errorf("%q: %+v is written %q, which parses as %+v, %v", s, r, r, again, err)
		}
	})
}

// TestRules checks which hosts are decrypted and which requests are recorded under include and
// exclude rules.
func TestRules(t *testing.T) {
	rules := func(list ...string) (out []ScopeRule) {
		for _, s := range list {
			r := must(ParseScopeRule(s))
			out = append(out, r)
		}
		return out
	}
	s := scopeRules{Include: rules(".example.com", "other.test:8443/v1"),
		Exclude: rules("auth.example.com", "api.example.com/admin", "hr.example.com.", "escaped.example.com/a%20b")}
	for _, tt := range []struct {
		target, path  string
		host, records bool
	}{
		{"example.com", "/", true, true},
		{"api.example.com:443", "/users", true, true},
		{"API.example.com", "/admin/x", true, false},
		{"api.example.com", "/administrators", true, true},
		{"auth.example.com:443", "/", false, false},
		{"notexample.com", "/", false, false},
		{"hr.example.com", "/", false, false},
		{"hr.example.com.:443", "/", false, false},
		{"other.test:8443", "/v1/x", true, true},
		{"other.test:8443", "/v2", true, false},
		{"other.test", "/v1", false, false},
		{"api.example.com", "/%61dmin/x", true, false}, // written in other ways
		{"api.example.com", "/users/../admin", true, false},
		{"api.example.com", "//admin//x", true, false},
		{"api.example.com", "/./admin", true, false},
		{"api.example.com", "/users%2f..%2fadmin", true, false},
		{"api.example.com", "/admin/../users", true, false}, // it is written below
		{"api.example.com", "/users%2fadmin", true, true},
		{"api.example.com", "/users%zz", true, true},
		{"other.test:8443", "/v1/../v2", true, false},
		{"other.test:8443", "/v1/%2e%2e/v2", true, false},
		{"other.test:8443", "/v2/../v1/x", true, true},
		{"other.test:8443", "/v%31", true, true},
		{"escaped.example.com", "/a%20b/c", true, false},
		{"escaped.example.com", "/a%20bc", true, true},
	} {
		t.Run(tt.target+tt.path, func(t *testing.T) {
			if got := s.Host("https", tt.target); got != tt.host {
				t.Errorf("Host = %t, want %t", got, tt.host)
			}
			if got := s.Records("https", tt.target, tt.path); got != tt.records {
				t.Errorf("Records = %t, want %t", got, tt.records)
			}
		})
	}
	for target, want := range map[string]bool{"a.example": true, "auth.example.com": false, "api.example.com:8443": false, "api.example.com": true} {
		if out := (scopeRules{Exclude: rules("auth.example.com", ":8443", "a.example/x")}); out.Host("https", target) != want || out.Records("https", target, "/") != want {
			t.Errorf("%s among all but some: not %t", target, want)
		}
	}
	for scheme, want := range map[string]bool{"http": true, "https": false} {
		if plain := (scopeRules{Include: rules(":80/x")}); plain.Host(scheme, "a.example") != want || plain.Records(scheme, "a.example", "/x") != want || plain.Records(scheme, "a.example", "/y") {
			t.Errorf("%s: the default port is another one", scheme)
		}
	}
	address := scopeRules{Include: rules("[2001:db8:0::1]")}
	if !address.Host("https", "[2001:DB8::1]:443") || !address.Host("http", "[2001:db8::0:1]") || address.Host("http", "[2001:db8::2]") {
		t.Error("an address that is written in another way is not matched")
	}
	if all := (scopeRules{}); !all.Host("http", "x") || !all.Records("http", "x", "/") {
		t.Error("the zero scope excludes a request")
	}
}
