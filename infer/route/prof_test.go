package route

import "testing"

func BenchmarkTemplatesGithub(b *testing.B) {
	j := load(b, "github")
	tree := build(j.exchanges)
	for b.Loop() {
		tree.Templates(Policy{})
	}
}

func BenchmarkAddGithub(b *testing.B) {
	j := load(b, "github")
	for b.Loop() {
		build(j.exchanges)
	}
}
