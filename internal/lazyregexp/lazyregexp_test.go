package lazyregexp

import "testing"

// TestNew checks that nothing is compiled before it is used.
func TestNew(t *testing.T) {
	r := New(`^[a-z]+(\d*)$`)
	if !r.MatchString("abc12") || r.MatchString("12") || r.FindString("abc12") != "abc12" || r.Get().NumSubexp() != 1 {
		t.Error("it does not match like the expression")
	}
	wrong := New(`(`)
	defer func() {
		if recover() == nil {
			t.Error("an expression that is wrong has matches")
		}
	}()
	wrong.MatchString("")
}
