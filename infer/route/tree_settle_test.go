package route

import "testing"

// settled is a payload that knows whether it was settled since the last exchange.
type settled struct{ isSettled bool }

func (s *settled) Merge(Payload)                         {}
func (s *settled) AppendBinary(b []byte) ([]byte, error) { return b, nil }
func (s *settled) Settle()                               { s.isSettled = true }

// TestSettle settles the payloads of all paths before they are encoded or decided, at any depth.
func TestSettle(t *testing.T) {
	for name, use := range map[string]func(*Tree){
		"encode": func(x *Tree) { encode(t, x) },
		"decide": func(x *Tree) { x.Templates(Options{}) },
	} {
		tree := New(func() Payload { return &settled{} }, nil)
		for range 2 {
			var all []*settled
			for _, path := range []string{"/", "/a", "/a/b", "/a/b/7/c"} {
				s := tree.Add(&Exchange{Method: "GET", Path: path, Status: 200}).(*settled)
				s.isSettled = false
				all = append(all, s)
			}
			use(tree)
			for i, s := range all {
				if !s.isSettled {
					t.Errorf("%s: payload %d is not settled", name, i)
				}
			}
		}
	}
}
