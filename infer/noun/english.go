package noun

import (
	_ "embed"
	"slices"
	"strings"
)

// This file recognizes identifiers that consist of English words.
//
// It knows the common words of English (words.txt, from SCOWL; words.LICENSE) and of computing, and
// their regular forms. It has no names of people, places or companies. A word that it does not know
// is no proof: it may be an abbreviation, or of another language.

// words holds words of English in lower case, sorted, one on each line, without the forms that
// [isForm] derives.
//
//go:embed words.txt
var words string

// computing holds words that dictionaries of English lack and that APIs are full of.
var computing = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`addr admin allowlist app async attr auth authn authz autoscale backend backup benchmark blocklist bool captcha
		cardholder cashflow checkbox checklist checkout checksum cidr codec config copilot cors counterparty cred cron
		crowdfunding crypto datacenter dataflow dataset datastore deploy devops dhcp diff docker email emoji enum exec
		favicon firmware flashcard fqdn frontend geocode geojson git graphql grpc gzip hashtag hostname html http
		https hyperlink hypervisor iframe imap inbound inbox info init json jwks kanban laptop ldap leaderboard lifecycle
		livestream localhost login logout lookup malware maven meta metadata micro middleware mime multipart
		mutex namespace null oauth oidc onboarding online openid opensearch param params passkey payload payout
		percentile perm placeholder plugin podcast pref preflight presign prod proto proxy readme realtime
		recaptcha redis regex repo runtime saas saml schema scim scoreboard scorecard scraper screenshot scrum
		serverless setup sftp shard signup sitemap slack smartphone smtp soap stakeholder stargazer stat stderr
		stdin stdout storefront storyboard subdomain subnet subtree superuser symlink sync telemetry thumbnail timecard
		timeseries timestamp timezone todo tokenizer truststore tunable typeahead unban upcoming upsert uptime username
		utf uuid validator vcpu vhost vlan voip wallet watchlist webauthn webhook webinar webrtc website
		whiteboard whitelist whoami wifi wiki wishlist workflow workspace xpath yaml`) {
		m[w] = true
	}
	return m
}()

// IsEnglish reports whether all words of an identifier are English or of computing. Words of up to
// three letters and their plurals count, since abbreviations are as short.
func IsEnglish(identifier string) bool {
	return !slices.ContainsFunc(Words(identifier), func(w string) bool { return !isWord(w) })
}

// IsEnglishWord reports whether a word in lower case is one English word or a form of one. It is
// false for two words written together.
func IsEnglishWord(w string) bool { return isForm(w) }

// minJoined and maxJoined bound the letters of words that [SplitEnglish] takes apart. Below minLong
// a word must be a plural of two listed words, since the list lacks some: stargazers.
const (
	minJoined = 7
	minLong   = 11
	maxJoined = 48
)

// SplitEnglish returns the words that a text of lower-case letters consists of, three letters or
// more each: as few as possible, then as few forms and plurals before the last as possible, then
// the longest first: event and actions, not even and tactions. It returns nil for a word, and for
// texts that cannot be taken apart.
func SplitEnglish(w string) []string {
	if len(w) < minJoined || len(w) > maxJoined || IsEnglishWord(w) {
		return nil
	}
	const word, form = 1 << 8, 1                               // costs: few words first, then few forms
	cost, from := make([]int, len(w)+1), make([]int, len(w)+1) // of the words before each index, and where the last begins
	for end := 3; end <= len(w); end++ {
		for start := 0; start <= end-3; start++ {
			part := w[start:end]
			if start > 0 && cost[start] == 0 || !IsEnglishWord(part) {
				continue
			}
			c := cost[start] + word
			if !isListed(part) && (end < len(w) || !isListed(Singular(part))) {
				c += form
			}
			if end < len(w) && IsPlural(part) {
				c += form
			}
			if cost[end] == 0 || c <= cost[end] { // the longest words first
				cost[end], from[end] = c, start
			}
		}
	}
	n, forms := cost[len(w)]/word, cost[len(w)]%word
	if n < 2 || len(w) < minLong && (n > 2 || forms > 0 || !IsPlural(w) || isProductive(w[:from[len(w)]])) {
		return nil
	}
	words := make([]string, n)
	for end := len(w); end > 0; end = from[end] {
		n--
		words[n] = w[from[end]:end]
	}
	return words
}

// isProductive reports whether English writes several words that begin with this one together, so
// that others are one word, too: timelines, as timetable, timepiece and timekeeper.
func isProductive(word string) bool {
	n := 0
	for _, rest, found := strings.Cut(words, "\n"+word); found; rest, found = strings.CutPrefix(rest, word) {
		var tail string
		if tail, rest, _ = strings.Cut(rest, "\n"); len(tail) >= 3 && isListed(tail) {
			n++
		}
	}
	return n >= 3
}

// isWord reports whether a word in lower case is known, by itself, as a regular form, behind a
// prefix, or as words written together.
func isWord(w string) bool {
	if len(Singular(w)) < 4 || isForm(w) {
		return true
	}
	for _, p := range [...]string{"un", "re", "de", "pre", "sub", "non", "auto", "multi", "micro", "geo", "meta"} {
		if rest, ok := strings.CutPrefix(w, p); ok && len(rest) > 3 && isForm(rest) {
			return true
		}
	}
	for i := 3; i <= len(w)-3; i++ {
		if isListed(w[:i]) && isForm(w[i:]) {
			return true
		}
	}
	joined := SplitEnglish(w)
	return joined != nil && len(w) >= minJoinedMean*len(joined)
}

// minJoinedMean is the least mean length of words written together, since names can be taken apart
// into short words.
const minJoinedMean = 4

// isForm reports whether a word is listed, or a regular form of a listed one or the plural of such.
func isForm(w string) bool { return isSingularForm(w) || isSingularForm(Singular(w)) }

// forms are the endings of regular forms, with the ending of the word that they are made from.
var forms = [...]struct{ ending, base string }{{"ies", "y"}, {"es", ""}, {"ied", "y"}, {"ed", ""}, {"ed", "e"}, {"ing", ""},
	{"ing", "e"}, {"er", ""}, {"er", "e"}, {"ly", ""}, {"or", "e"}, {"ion", ""}, {"ion", "e"},
	{"ment", ""}, {"ness", ""}, {"iness", "y"}, {"ation", ""}, {"ation", "e"}, {"ee", ""}, {"ee", "e"},
	{"ization", ""}, {"ize", ""}, {"ance", ""}, {"ence", ""}, {"ity", ""}, {"al", ""}}

// isSingularForm is [isForm] without plurals.
func isSingularForm(w string) bool {
	if isListed(w) {
		return true
	}
	for _, form := range forms {
		stem, ok := strings.CutSuffix(w, form.ending)
		if !ok || len(stem) < 3 {
			continue
		}
		n := len(stem)
		if isListed(stem+form.base) || n > 3 && stem[n-1] == stem[n-2] && isListed(stem[:n-1]) { // stopped
			return true
		}
	}
	return false
}

// isListed searches the lists.
func isListed(w string) bool {
	if computing[w] {
		return true
	}
	low, high := 0, len(words) // the start of a line, and the end of one
	for low < high {
		middle := low + strings.LastIndexByte(words[low:(low+high)/2], '\n') + 1
		end := middle + strings.IndexByte(words[middle:], '\n')
		switch strings.Compare(words[middle:end], w) {
		case 0:
			return true
		case -1:
			low = end + 1
		default:
			high = middle
		}
	}
	return false
}
