package route

// Payload returns the payload of a method and path, for the caller to fold an exchange into before it calls
// [Tree.Add] with what the exchange tells about paths. It is good until the next call of any method of the tree.
func (t *Tree) Payload(method, path string) Payload {
	t.segs, _ = splitPath(path, t.segs[:0])
	t.measure(t.segs)
	nodes := t.walk(t.segs)
	p := nodes[len(nodes)-1].method(method, t.fresh).payload
	clear(t.segs)
	return p
}
