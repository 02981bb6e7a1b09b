package noun

import (
	"slices"
	"testing"
)

func TestSingularPlural(t *testing.T) {
	for _, tt := range []struct{ one, many string }{
		{"user", "users"}, {"license", "licenses"}, {"case", "cases"}, {"key", "keys"}, {"status", "statuses"},
		{"address", "addresses"}, {"category", "categories"}, {"box", "boxes"}, {"branch", "branches"},
		{"patch", "patches"}, {"person", "people"}, {"order_item", "order_items"}, {"orderItem", "orderItems"},
		{"team-membership", "team-memberships"}, {"policy", "policies"}, {"purchase", "purchases"},
		{"release", "releases"}, {"database", "databases"}, {"cache", "caches"}, {"match", "matches"},
		{"response", "responses"}, {"invoice", "invoices"}, {"house", "houses"}, {"cause", "causes"},
		{"alias", "aliases"}, {"process", "processes"}, {"day", "days"}, {"index", "indexes"}, {"movie", "movies"},
		{"analysis", "analyses"}, {"wiki", "wikis"}, {"uri", "uris"}, {"kpi", "kpis"}, {"quiz", "quizzes"}, {"release", "releases"}, {"file", "files"}, {"tax", "taxes"},
		{"namespace", "namespaces"}, {"price", "prices"}, {"size", "sizes"}, {"bus", "buses"}, {"hash", "hashes"},
	} {
		t.Run(tt.one, func(t *testing.T) {
			if got := Singular(tt.many); got != tt.one {
				t.Errorf("Singular(%q) = %q, want %q", tt.many, got, tt.one)
			}
			if got := Singular(tt.one); got != tt.one {
				t.Errorf("Singular(%q) = %q, want %q", tt.one, got, tt.one)
			}
			if got := Plural(tt.one); got != tt.many {
				t.Errorf("Plural(%q) = %q, want %q", tt.one, got, tt.many)
			}
			if !IsPlural(tt.many) {
				t.Errorf("IsPlural(%q) = false", tt.many)
			}
			if IsPlural(tt.one) {
				t.Errorf("IsPlural(%q) = true", tt.one)
			}
		})
	}
}

func TestOne(t *testing.T) {
	for many, one := range map[string]string{"users": "user", "user_settings": "user_settings", "repoStats": "repoStats",
		"Contents": "Contents", "statuses": "status", "data": "data", "discontents": "discontent", "": ""} {
		t.Run(many, func(t *testing.T) {
			if got := One(many); got != one {
				t.Errorf("One(%q) = %q, want %q", many, got, one)
			}
		})
	}
}

// TestAnyBytes holds that identifiers may hold any bytes, as path segments do.
func TestAnyBytes(t *testing.T) {
	for in, want := range map[string]string{"\xffusers": "\xffuser", "users\xff": "users\xff", "a\xe2\x82boxes": "a\xe2\x82box", "\xff": "\xff"} {
		if got := Singular(in); got != want {
			t.Errorf("Singular(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Words("a\xffbIDs"); !slices.Equal(got, []string{"a", "b", "ids"}) {
		t.Errorf("Words = %q", got)
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
	}{
		{"userID", []string{"user", "id"}}, {"user-id", []string{"user", "id"}}, {"HTMLPage2", []string{"html", "page2"}},
		{"userIDs", []string{"user", "ids"}}, {"", nil}, {"a.b_c", []string{"a", "b", "c"}}, {"v1Beta", []string{"v1", "beta"}},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if got := Words(tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("Words(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	if got := Camel(Words("order-items")...); got != "orderItems" {
		t.Errorf("Camel = %q", got)
	}
}

func TestFold(t *testing.T) {
	for _, s := range []string{"api_key", "Api-Key", "apiKey", "API.KEY"} {
		if got := Fold(s); got != "apikey" {
			t.Errorf("Fold(%q) = %q", s, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"userIDs", "a_b-c", "\xff\xfeS", "Ünïcode", "x\xe2\x82"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		Words(s)
		if one := Singular(s); Singular(one) != one && IsPlural(one) && Singular(Singular(one)) == one {
			t.Errorf("Singular(%q) = %q, which Singular turns into another word and back", s, one)
		}
		Plural(s)
	})
}

func TestIsVerb(t *testing.T) {
	for s, want := range map[string]bool{"copy": true, "rotate-keys": true, "cancelOrder": true, "login": true,
		"stock": false, "order-copy": false, "": false} {
		t.Run(s, func(t *testing.T) {
			if got := IsVerb(s); got != want {
				t.Errorf("IsVerb(%q) = %t", s, got)
			}
		})
	}
}
