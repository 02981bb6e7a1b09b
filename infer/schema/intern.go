package schema

// names gives equal names of properties one string: they come again and again, in many places.
type names struct{ m map[string]string }

const manyNames = 4096

func (n *names) of(name []byte) string {
	if s, ok := n.m[string(name)]; ok {
		return s
	}
	if n.m == nil || len(n.m) == manyNames {
		n.m = map[string]string{}
	}
	s := string(name)
	n.m[s] = s
	return s
}
