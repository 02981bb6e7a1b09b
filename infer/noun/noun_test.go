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
		{"analysis", "analyses"}, {"wiki", "wikis"}, {"uri", "uris"}, {"kpi", "kpis"}, {"quiz", "quizzes"}, {"file", "files"}, {"bus", "buses"}, {"hash", "hashes"}, {"ingress", "ingresses"}, {"storageclass", "storageclasses"},
		{"lease", "leases"}, {"bonus", "bonuses"}, {"virus", "viruses"}, {"service", "services"},
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

// TestPlural has nouns whose plural has the form of another noun's, or is the same.
func TestPlural(t *testing.T) {
	for one, many := range map[string]string{
		"man": "men", "Woman": "Women", "Person": "People", "child": "children", "Child": "Children", "criterion": "criteria", "basis": "bases", "axis": "axes", "crisis": "crises",
		"series": "series", "species": "species", "news": "news", "data": "data", "metadata": "metadata", "dns": "dns", "settings": "settings", "userSettings": "userSettings",
		"": "", "_": "_", "users": "users", "y": "ys", "fly": "flies", "toy": "toys", "buzz": "buzzes", "church": "churches", "dish": "dishes", "Index": "Indexes", "user_fox": "user_foxes",
		"People": "People", "mice": "mice",
	} {
		if got := Plural(one); got != many {
			t.Errorf("Plural(%q) = %q, want %q", one, got, many)
		}
	}
	for many, one := range map[string]string{
		"uses": "use", "pauses": "pause", "spouses": "spouse", "viruses": "virus", "focuses": "focus", "aches": "ache", "headaches": "headache", "batches": "batch", "churches": "church",
		"glasses": "glass", "crashes": "crash", "mixes": "mix", "buzzes": "buzz", "flies": "fly", "vies": "vie", "Indices": "Index", "is": "is", "xs": "xs", "ads": "ad", "ss": "ss", "tennis": "tennis",
		"miniseries": "miniseries", "heroes": "hero", "photos": "photo", "kubernetes": "kubernetes", "sms": "sms", "access": "access", "Children": "Child", "s": "s", "asses": "ass",
	} {
		if got := Singular(many); got != one {
			t.Errorf("Singular(%q) = %q, want %q", many, got, one)
		}
	}
	for word, want := range map[string]bool{"series": false, "news": false, "Mice": true, "userMice": true, "user": false, "": false, "data": false} {
		if IsPlural(word) != want {
			t.Errorf("IsPlural(%q) is not %v", word, want)
		}
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
		{"DBforQueries", []string{"db", "for", "queries"}}, {"APIwithKeys", []string{"api", "with", "keys"}}, {"DBforqueries", []string{"d", "bforqueries"}}, {"DBfor", []string{"d", "bfor"}},
		{"AbyName", []string{"aby", "name"}}, {"usersByName", []string{"users", "by", "name"}}, {"ABandCD", []string{"ab", "and", "cd"}}, {"IDs", []string{"ids"}}, {"IDsOf", []string{"i", "ds", "of"}},
		{"__a--b", []string{"a", "b"}}, {"Xß", []string{"xß"}}, {"aÉb", []string{"a", "éb"}}, {"A1B", []string{"a1", "b"}}, {"ABCd", []string{"ab", "cd"}},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if got := Words(tt.in); !slices.Equal(got, tt.want) {
				t.Errorf("Words(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	for in, want := range map[string]string{"order-items": "orderItems", "": "", "ÉTÉ": "été", "ID": "id"} {
		if got := Camel(Words(in)...); got != want {
			t.Errorf("Camel of %q = %q, want %q", in, got, want)
		}
	}
	if got := Pascal("", "éa", "b"); got != "ÉaB" {
		t.Errorf("Pascal = %q", got)
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
