package policy

import "testing"

// Servers decode more leniently than any standard says. What may be a way up is one.
func TestDotSegments(t *testing.T) {
	for _, uri := range []string{
		"file:///a/../b", "file:///a/%2e%2E/b", "file:///a/%252e%252e/b", "file:///a/..%2fb", `file:///a\..\b`, "file:///a/..;/b",
		"file:///a/%2e%2e/b%zz", "file:///a/%2e%2e/100%", "file:///a/%%32e%%32e/b", "file:///a/x#/../../b", "file:///a/x%23/../../b",
		"file:///a/%c0%ae%C0%AE/b", "file:///a/%e0%80%ae./b", "file:///a/..%c0%afb", "file:///a/%25c0%25ae/b", "file:///a/%f0%80%80%ae/b",
	} {
		if !hasDotSegment(uri) {
			t.Errorf("%s passes", uri)
		}
	}
	for _, uri := range []string{
		"file:///a/b.c", "file:///a/...", "file:///a/100%", "file:///a/%E9t%E9", "file:///a/%C3%A9#top", "note:1?x=..a", "file:///a/%E2%82%AC",
	} {
		if hasDotSegment(uri) {
			t.Errorf("%s is refused", uri)
		}
	}
}
