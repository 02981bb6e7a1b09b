package names

import "strings"

// linkWords are the words of links that open something for who has them.
var linkWords = wordSet(`magic invite invites invitation invitations reset verify verification activate activation confirm confirmation
	unsubscribe recovery recover autologin passwordless onboarding join`)

// LeadsByLink reports whether one of the last two segments of a path has a word of a link that
// opens something for who has it: /auth/magic, /accept-invite.
func LeadsByLink(path string) bool {
	path = strings.TrimSuffix(path, "/")
	for range 2 {
		i := strings.LastIndexByte(path, '/')
		if hasLinkWord(path[i+1:]) {
			return true
		}
		path = path[:max(i, 0)]
	}
	return false
}

// NamesLink reports whether a member of this name has such a link: reset_link, inviteUrl.
func NamesLink(name string) bool {
	if len(name) < len("join_url") || len(name) > MaxLen {
		return false
	}
	switch name[len(name)-1] | 0x20 {
	case 'k', 'l', 'i', 'f':
	default:
		return false
	}
	switch LastWord(name) {
	case "link", "url", "uri", "href":
		return hasLinkWord(name)
	}
	return false
}

// hasLinkWord reports whether a name has such a word.
func hasLinkWord(name string) bool {
	if len(name) > MaxLen {
		return false
	}
	var ws words
	ws.split(name)
	for i := range ws.n {
		if linkWords[string(ws.get(i))] {
			return true
		}
	}
	return false
}
