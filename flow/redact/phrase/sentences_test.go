package phrase

import (
	"strings"
	"testing"
)

// TestCodeBefore finds codes before their labels.
func TestCodeBefore(t *testing.T) {
	checkFinder(t, CodeBefore, []string{
		"‹«482913»› is your login code", "‹«4829»› is the Acme code.", "‹«48291305»› as my PIN", "‹G-«482913»› is your code",
		"‹«482913»› - your code",
		"Use ‹«482913»› to sign in", "use ‹«482913»› to verify", "Enter ‹«482913»› to reset",
		"‹482› is your code", "‹482913051› is your code", "‹48a913› is your code", "‹482913› is a code",
		"‹482913› was your code",
		"‹482913› is your zip code", "‹482913› is your order", "‹482913› is your order. The code", "‹482913› to sign in",
		"Abuse ‹482913› in code",
		"‹482913›", "‹482913› is your", "‹482913› is your QR code",
	})
}

// TestNetrc finds passwords in files of the machines that programs sign in to.
func TestNetrc(t *testing.T) {
	checkFinder(t, netrc, []string{
		"machine a.example login ann ‹password› «swordfish»", "machine a.example\n\tlogin ann\n\t‹password›\n\t«x»\nmachine b",
		"default login ann ‹password› «x»",
		"machine a.example login ann ‹password›", "machine a.example login ann ‹password› \n", "machine login ann ‹password› x",
		"login ann ‹password› x",
		"host a.example login ann ‹password› x", "machine a.example user ann ‹password› x", "machine a.example login ann ‹password›: x",
		"machine a.example login ann ‹passwort› x",
	})
}

// TestBelowHeadings finds values in the line below a heading, and after labels in bold.
func TestBelowHeadings(t *testing.T) {
	checkFinder(t, Heading, []string{
		"## API ‹key›\n«sword1»", "x\n# API ‹key›\n\n```\n«sword1»\n```", "API ‹key›\n=======\n«sword1»", "**API ‹key›**\r\n\r\n`«sword1»`",
		"api ‹key›:\n«sword1»\n",
		"API ‹key›\n> «sword1»", "API ‹key›\n«swo123»", "api ‹key›\n~~~\n«sword1»",
		"api ‹key›\nsword1", "API ‹key›\nsword1", "## API ‹key›\nswor1", "## API ‹key›\nswordf", "## API ‹key›\nsword1 x",
		"## API ‹key› x\nsword1",
		"## the new API ‹key›\nsword/1", "## Sort ‹key›\nsword1", "## API ‹key›\n\n\n\n\n\nsword1", "## API ‹key›\nSHA256",
		"## API ‹key›\nid=sword1", "## API ‹key›",
		strings.Repeat("#", 80) + " API ‹key›\nsword1",
	})
	checkFinder(t, Bold, []string{
		"**‹Password›** – «sword1»", "*API ‹key›* - \"«sword1»\"", "**‹Password›** — «sword1»",
		"‹Password› – sword1", "**‹Password›**– sword1", "**‹Password›** – swor1", "**‹Password›** – swordf",
		"**‹Colour›** – sword1",
	})
	checkFinder(t, AfterShortName, []string{
		"‹pw› is «sword1».", "‹PWD› is \"«sword1»\"", "‹Pass› is «sword1»!",
		"‹pw› is swor1", "‹pw› is swordf", "‹pw› are sword1", "‹pwds› is sword1", "‹p› is sword1",
	})
	checkFinder(t, Numbered, []string{
		"Unseal ‹Key› 1: «a1b2c3d4e5f6»", "Unseal ‹key› 123: \"«a1b2c3d4e5f6»\"",
		"Unseal ‹Key› 1: a1b2c3d4e5f", "Unseal ‹Key› : a1b2c3d4e5f6", "Unseal ‹Key› 1234: a1b2c3d4e5f6", "Unseal ‹Key› 1 a1b2c3d4e5f6",
		"Sort ‹key› 1: a1b2c3d4e5f6",
	})
}

// TestStart checks how many words may be those of a name.
func TestStart(t *testing.T) {
	for text, want := range map[string]string{
		"key": "key", "API key": "API key", "the API key": "the API key", "of the API key": "the API key", "my-own API key": "my-own API key",
		"größter key": "größter key", "a: API key": "API key", "API  key": "key", ", key": "key", " key": "key", "a\nkey": "key",
		strings.Repeat("a", 31) + " key": strings.Repeat("a", 31) + " key", strings.Repeat("a", 32) + " key": strings.Repeat("a", 31) + " key",
	} {
		if got := text[Start(text, len(text)-len("key")):]; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// TestJoined finds where strings end that operators join.
func TestJoined(t *testing.T) {
	for text, want := range map[string]string{
		`"ab"`: `"ab"`, `"ab" + "cd"`: `"ab" + "cd"`, `"ab"+"cd" . "ef"; "g"`: `"ab"+"cd" . "ef"`, `"ab" -> "cd"`: `"ab" -> "cd"`, `"ab" "cd"`: `"ab"`,
		`"ab" + 'cd'`: `"ab"`, `"ab" + cd`: `"ab"`, `"ab" + `: `"ab"`, `"ab" + "cd`: `"ab"`, `"ab" === "cd"`: `"ab"`, `"ab" => "cd"`: `"ab" => "cd"`,
	} {
		if got := text[:Joined(text, 3)+1]; got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
