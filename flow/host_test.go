package flow

import "testing"

// TestForeignHost checks which Host headers name another host than the connection.
func TestForeignHost(t *testing.T) {
	for _, tt := range []struct{ name, scheme, authority, host, want string }{
		{"none", "https", "a.example", "", ""},
		{"equal", "https", "a.example", "a.example", ""},
		{"case", "https", "a.example", "A.Example", ""},
		{"default port of https", "https", "a.example", "a.example:443", ""},
		{"default port of http", "http", "a.example", "a.example:80", ""},
		{"no port after the colon", "http", "a.example", "a.example:", ""},
		{"port of the other scheme", "http", "a.example", "a.example:443", "a.example:443"},
		{"other port", "http", "a.example:8080", "a.example", "a.example"},
		{"other name", "https", "a.example", "b.example", "b.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Request{Scheme: tt.scheme, Authority: tt.authority}
			if tt.host != "" {
				r.Header = Header{{"host", tt.host}}
			}
			if got := r.ForeignHost(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
