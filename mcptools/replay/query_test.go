package replay

import "testing"

// TestSetQuery replaces all values of a parameter in place, or adds it at the end. The rest of the
// query stays as it is.
func TestSetQuery(t *testing.T) {
	for _, x := range []struct{ query, name, value, want string }{
		{"", "a", "1", "a=1"}, {"a=1", "a", "2", "a=2"}, {"a=1&b=%20&a=3", "a", "2", "a=2&b=%20&a=2"}, {"b=1", "a c", "x&y", "b=1&a+c=x%26y"},
		{"a%20c=1", "a c", "2", "a%20c=2"}, {"a", "a", "", "a="}, {"ab=1", "a", "2", "ab=1&a=2"}, {"&b=1", "a", "2", "&b=1&a=2"},
	} {
		if got := SetQuery(x.query, x.name, x.value); got != x.want {
			t.Errorf("%s with %s=%s: %s, want %s", x.query, x.name, x.value, got, x.want)
		}
	}
	for _, x := range []struct{ query, name, want string }{
		{"a=1&b=2&a=3", "a", "b=2"}, {"a=1", "a", ""}, {"a%20c&b", "a c", "b"}, {"ab=1", "a", "ab=1"}, {"", "a", ""},
	} {
		if got := dropQuery(x.query, x.name); got != x.want {
			t.Errorf("%s without %s: %s, want %s", x.query, x.name, got, x.want)
		}
	}
}
