package filter

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/redact/mark"
)

const (
	// maxPieces bounds the pieces of an expression that are looked for.
	maxPieces = 4
	// maxProgram bounds the instructions of a piece, which is compared with all placeholders.
	maxProgram = 500
)

// pieces returns expressions that must all match a body before redaction, if it matches the value
// of a field afterwards and redaction only replaced parts of it. A piece is a part of the
// expression that matches no bracket, so that its text is outside of placeholders or within one;
// and the latter cannot be. Redaction may put quotes or a colon beside a placeholder, at an end of
// such a text then: so a piece does not demand the characters that redaction may add.
func pieces(value string) (out []*regexp.Regexp) {
	pattern, isRegexp := strings.CutPrefix(value, "~")
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if !isRegexp || err != nil {
		return nil
	}
	var run []*syntax.Regexp
	end := func() {
		one := concat(run, syntax.Perl).String()
		run = nil
		if len(out) == maxPieces || mayBeInPlaceholder(one) {
			return
		}
		if re, err := regexp.Compile(one); err == nil {
			out = append(out, re)
		}
	}
	var add func(x *syntax.Regexp)
	add = func(x *syntax.Regexp) {
		if loose := loosened(x); loose != nil {
			run = append(run, loose)
			return
		}
		switch x.Op {
		case syntax.OpConcat, syntax.OpCapture, syntax.OpPlus:
			for i, sub := range x.Sub {
				if add(sub); x.Op == syntax.OpPlus && i == 0 {
					end() // the next round begins anew
				}
			}
		default:
			end()
		}
	}
	add(tree)
	end()
	return out
}

// loosened returns an expression that matches the texts of x without the characters that redaction
// may add. It returns nil if x may match a bracket.
func loosened(x *syntax.Regexp) *syntax.Regexp {
	switch x.Op {
	case syntax.OpLiteral:
		var out []*syntax.Regexp
		for _, r := range x.Rune {
			if r == '[' || r == ']' {
				return nil
			}
			one := &syntax.Regexp{Op: syntax.OpLiteral, Flags: x.Flags, Rune: []rune{r}}
			out = append(out, optionalUnless(isKeptByte(r), one))
		}
		return concat(out, x.Flags)
	case syntax.OpCharClass:
		kept := true
		for i := 0; i < len(x.Rune); i += 2 {
			lo, hi := x.Rune[i], x.Rune[i+1]
			if lo <= '[' && '[' <= hi || lo <= ']' && ']' <= hi {
				return nil
			}
			for r := lo; kept && r <= hi; r++ {
				kept = isKeptByte(r)
			}
		}
		return optionalUnless(kept, x)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch, Flags: x.Flags} // redaction changes what is beside a text
	case syntax.OpCapture, syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat, syntax.OpConcat, syntax.OpAlternate:
		out := *x
		out.Sub = nil
		for _, sub := range x.Sub {
			loose := loosened(sub)
			if loose == nil {
				return nil
			}
			out.Sub = append(out.Sub, loose)
		}
		switch x.Op {
		case syntax.OpCapture:
			return out.Sub[0]
		case syntax.OpConcat:
			return concat(out.Sub, x.Flags)
		}
		return &out
	}
	return nil
}

// concat returns the concatenation of expressions, without those that match only the empty text.
func concat(subs []*syntax.Regexp, flags syntax.Flags) *syntax.Regexp {
	subs = slices.DeleteFunc(subs, func(x *syntax.Regexp) bool { return x.Op == syntax.OpEmptyMatch })
	if len(subs) == 1 {
		return subs[0]
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: subs, Flags: flags}
}

func optionalUnless(kept bool, x *syntax.Regexp) *syntax.Regexp {
	if kept {
		return x
	}
	return &syntax.Regexp{Op: syntax.OpQuest, Sub: []*syntax.Regexp{x}, Flags: x.Flags}
}

// mayBeInPlaceholder reports whether an expression may match a part of a placeholder, without its
// brackets, or the empty text.
func mayBeInPlaceholder(expression string) bool {
	prog, ok := compile(expression)
	return !ok || slices.ContainsFunc(placeholders(), func(text string) bool { return matchesWithin(prog, text) })
}

// compile returns the program of an expression, unless it is large.
func compile(expression string) (*syntax.Prog, bool) {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, false
	}
	prog, err := syntax.Compile(tree.Simplify())
	return prog, err == nil && len(prog.Inst) <= maxProgram
}

// placeholders returns the placeholders without their brackets. 0 in them is any hexadecimal digit.
func placeholders() (out []string) {
	for _, kind := range mark.Kinds {
		out = append(out, strings.TrimPrefix(mark.Prefix, "[")+kind+":"+strings.Repeat("0", mark.HashLen))
	}
	return out
}

// matchesWithin reports whether a program matches a part of a text in which 0 is any hexadecimal
// digit.
func matchesWithin(prog *syntax.Prog, text string) bool {
	type threads map[uint32]bool
	var follow func(in threads, pc uint32) bool // reports whether the program matches
	follow = func(in threads, pc uint32) bool {
		if in[pc] {
			return false
		}
		in[pc] = true
		switch i := &prog.Inst[pc]; i.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			a := follow(in, i.Out)
			return follow(in, i.Arg) || a
		case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
			return follow(in, i.Out)
		}
		return false
	}
	now := threads{}
	for at := range len(text) {
		if follow(now, uint32(prog.Start)) {
			return true
		}
		runes := string(text[at])
		if text[at] == '0' {
			runes = "0123456789abcdef"
		}
		next := threads{}
		for pc := range now {
			i := &prog.Inst[pc]
			switch i.Op {
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			default:
				continue
			}
			for _, r := range runes {
				if i.MatchRune(r) && follow(next, i.Out) {
					return true
				}
			}
		}
		now = next
	}
	return false
}
