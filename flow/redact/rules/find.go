package rules

import (
	"cmp"
	"slices"
	"strings"
)

// A search hashes three bytes at each position, which finds the keywords, and runs the regular
// expressions of a keyword near it alone. Bounds of what one of them runs on, in bytes:
const (
	maxBefore = 512      // before a keyword
	maxAfter  = 16 << 10 // after it: PEM of the largest keys in use
	maxWord   = 4 << 10  // a word; what follows in a longer one belongs to the secret
	perRun    = 16       // cost of starting a regular expression, in bytes that it could have read
	minBudget = 16 << 10
)

// search is one search.
type search struct {
	tokens  *Tokens
	text    string
	found   []Match
	budget  int             // bytes that regular expressions may still read in vain
	done    int             // end of the last match
	scanned map[*format]int // where the last search for a format ended
	runEnd  int             // the word at the last hit has no stop before
	bodyEnd int             // the characters at the last hit are those of tokens up to here
	codes   []span          // possible codes that people type, found when first needed
}

// Find appends the secrets of a text to dst, in order and without overlap, and returns it. It takes
// time in proportion to the length of the text. Once regular expressions have read an eighth of the
// text's length in vain, which takes a text made for it, the words that follow keywords count as
// secrets.
func (t *Tokens) Find(dst []Match, text string) []Match {
	if len(t.heads) == 0 && len(t.always) == 0 {
		return dst
	}
	s := search{tokens: t, text: text, found: dst[len(dst):], budget: t.passes*len(text)/16 + minBudget}
	hash := uint32(0)
	for i := range len(text) {
		hash = (hash<<5 | uint32(text[i]&31)) & hashMask
		if first := t.heads[hash]; first != 0 {
			s.hit(first, i-2)
		}
	}
	for i := range 2 { // keywords of one or two bytes at the end
		hash = hash << 5 & hashMask
		if first := t.heads[hash]; first != 0 {
			s.hit(first, len(text)-2+i)
		}
	}
	for _, f := range t.always {
		p := f.program()
		for at := 0; at < len(text); at += maxAfter {
			s.window(f, &p, at, 0)
		}
	}
	return append(dst, merged(s.found)...)
}

// hit tries the formats of the keywords at a position. first is the first link of the hash of the
// bytes there.
func (s *search) hit(first uint16, at int) {
	if at < 0 {
		return
	}
	for n := first; n != 0; n = s.tokens.links[n].next {
		k := s.tokens.links[n].keyword
		if n := at + len(k.text); n > len(s.text) || !strings.EqualFold(s.text[at:n], k.text) {
			continue
		}
		for _, f := range k.formats {
			if f.kind == tokenFormat && at < s.done {
				continue // a part of another secret
			}
			switch p := f.program(); {
			case f.kind == labelFormat || f.kind == codeFormat:
				s.label(f, &p, at)
			case f.kind == userFormat:
				s.window(f, &p, at, len(k.text))
			case p.lead == 0:
				s.match(f, &p, at, at)
			default:
				s.around(f, &p, at)
			}
		}
	}
}

// around finds a match that has its keyword at a position.
func (s *search) around(f *format, p *program, at int) {
	lo := max(0, at-p.max)
	if p.isWord {
		lo += strings.LastIndexAny(s.text[lo:at], stops) + 1
		if s.wordEnd(at)-lo < p.min {
			return
		}
	}
	last := at - p.lead
	if lo > last {
		return
	}
	if s.budget -= at - lo; s.budget < 0 {
		s.add(f, lo, s.tokenEnd(at))
		return
	}
	for start := lo; start <= last && s.done <= at; start++ {
		s.match(f, p, start, at)
	}
}

// match looks for a match that starts at a position, with its keyword there or later.
func (s *search) match(f *format, p *program, start, at int) {
	if !startsWord(s.text, start) {
		return
	}
	hi := min(len(s.text), start+maxAfter)
	if p.isWord {
		word := s.wordEnd(at)
		if word-start < p.min {
			return
		}
		hi = min(word, start+maxWord)
		if !strings.Contains(s.text[start:hi], p.need) {
			return
		}
	}
	end := s.tokenEnd(at)
	cost := min(end, hi) - start + perRun
	if s.budget < cost {
		s.add(f, start, end)
		return
	}
	if m := p.regexp.FindStringSubmatchIndex(s.text[start:hi]); m == nil || !s.accept(f, m, start, hi) {
		s.budget -= cost
	}
}

// wordEnd returns where the next stop is. Few bytes are read twice, since it is asked from the
// front to the back.
func (s *search) wordEnd(at int) int {
	if s.runEnd <= at {
		s.runEnd = len(s.text)
		if n := strings.IndexAny(s.text[at:], stops); n >= 0 {
			s.runEnd = at + n
		}
	}
	return s.runEnd
}

// tokenEnd returns where a character is that most tokens do not have. A regular expression that
// fails has hardly read more: those that go on are found.
func (s *search) tokenEnd(at int) int {
	if s.bodyEnd <= at {
		end := at
		for end < len(s.text) && (isWordByte(s.text[end]) || strings.IndexByte(".=-", s.text[end]) >= 0) {
			end++
		}
		s.bodyEnd = end
	}
	return s.bodyEnd
}

// window looks for matches around a keyword of n bytes.
func (s *search) window(f *format, p *program, at, n int) {
	after := min(p.max, maxAfter)
	if s.scanned[f] >= min(len(s.text), at+n+after) {
		return
	}
	lo, hi := max(0, at-min(p.max, maxBefore)), min(len(s.text), at+n+2*after)
	if s.budget -= (hi - lo + perRun) * (1 + p.size/1024); s.budget < 0 {
		start := strings.LastIndexAny(s.text[lo:at], stops) + 1
		s.add(f, lo+start, s.wordEnd(at))
		return
	}
	s.markScanned(f, hi)
	for lo < hi {
		m := p.regexp.FindStringSubmatchIndex(s.text[lo:hi])
		if m == nil {
			return
		}
		next := lo + max(m[1], m[0]+1)
		s.accept(f, m, lo, hi)
		lo = next
	}
}

// markScanned keeps where a search for a format ended.
func (s *search) markScanned(f *format, end int) {
	if s.scanned == nil {
		s.scanned = map[*format]int{}
	}
	s.scanned[f] = end
}

// accept adds the secret of a match in the text from base to hi. A match that was cut off is
// extended to the end of its word. It reports whether there is a secret.
func (s *search) accept(f *format, m []int, base, hi int) bool {
	for i := range m {
		if m[i] >= 0 {
			m[i] += base
		}
	}
	start, end, ok := f.secret(s.text[:hi], m, s.tokens.allowed)
	if !ok {
		return false
	}
	if end == hi && hi < len(s.text) {
		end = hi + len(s.text[hi:])
		if n := strings.IndexAny(s.text[hi:], stops); n >= 0 {
			end = hi + n
		}
	}
	s.add(f, start, end)
	return true
}

// add adds a secret.
func (s *search) add(f *format, start, end int) {
	if start < end {
		s.found = append(s.found, Match{start, end, &f.Rule})
		s.done = max(s.done, end)
	}
}

// merged sorts matches and joins those that overlap.
func merged(found []Match) []Match {
	slices.SortFunc(found, func(a, b Match) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
	kept := found[:0]
	for _, m := range found {
		if n := len(kept); n > 0 && m.Start < kept[n-1].End {
			kept[n-1].End = max(kept[n-1].End, m.End)
			continue
		}
		kept = append(kept, m)
	}
	return kept
}
