package policy

import "testing"

// Servers decode more leniently than the standards. A possible way up counts as one.
func TestUnclearNames(t *testing.T) {
	for _, uri := range []string{
		"file:///a/../b", "file:///a/%2e%2E/b", "file:///a/%252e%252e/b", "file:///a/..%2fb", `file:///a\..\b`, "file:///a/..;/b",
		"file:///a/%2e%2e/b%zz", "file:///a/%2e%2e/100%", "file:///a/%%32e%%32e/b", "file:///a/x#/../../b", "file:///a/x%23/../../b",
		"file:///a/%c0%ae%C0%AE/b", "file:///a/%e0%80%ae./b", "file:///a/..%c0%afb", "file:///a/%25c0%25ae/b", "file:///a/%f0%80%80%ae/b",
		"file:///a/.\t./b", "file:///a/..\n/b", "file:///a/..\r", "file:///a/%2e\t%2e/b", "file:///a/.%09./b", "file:///a/b%00", "file:///a/\x7f", "file:///a/.. ",
		" file:///a/b", "file:///a/b ", "file:///a/b\u00a0", "file:///a/.. /b", "file:///a/%2e%2e%20/b", "file:///a/ ../b", "file:///a/. ./b", "file:///a/..\u00a0/b",
		"file:///a/\u200b../b", "file:///a/.\u00ad./b", "file:///a/\u202e../b", "file:///a/\uff0e\uff0e/b", "file:///a/\u2024./b", "file:///a/\u2025/b",
		"file:///a/%E2%80%A5/b", "file:///a/..\uff0fb", "file:///a/..\u2215b", "file:///a/..\uff3cb", "a\tb",
		"file:///a/\ufe52\ufe52/b", "file:///a/\ufe30/b", "file:///a/\u2024\ufe52/b", "file:///a/..\ufe68b", "file:///a/%EF%B9%92%EF%B9%92/b", "file:///a/..\u29f9b",
		"file:///a/%u002e%u002E/b", "file:///a/..%u2215b", "file:///a/%25u002e./b",
		"file:///a/..\u00a5b", "file:///a/..\u20a9b", "file:///a/%C2%A5../b",
		"file:///a//etc", "file:///a/b///etc", "file:///a/%2fetc", "file:///a%252f/etc", "file:///a/C:/etc", "file:///C:/a/d:", "file:///a/%44%7C/etc",
		"file:///a/%25252520b", // escaped four times
	} {
		if !isUnclear(uri) {
			t.Errorf("%s passes", uri)
		}
	}
	for _, uri := range []string{
		"file:///a/b.c", "file:///a/...", "file:///a/100%", "file:///a/%E9t%E9", "file:///a/%C3%A9#top", "note:1?x=..a", "file:///a/%E2%82%AC",
		"file:///C:/a", "file://host/c:/a/b", "fetch://https://example.com/a", "a:///b", "note://a?u=b//c", "file:///a/ab:/c", "file:///a/\u00a5100",
		"file:///a/b c", "file:///a/b%20c", "file:///a/%252520b", "file:///a/ b/c", "file:///a/\u2026", "file:///a/\u200b/b", "file:///a/.b", "file:///a/b..", "file:///a/日本.txt", "", "file:///a/%u00e9t%u00e9", "file:///a/\ufe52b", "file:///a/\uff3cb",
	} {
		if isUnclear(uri) {
			t.Errorf("%s is refused", uri)
		}
	}
}
