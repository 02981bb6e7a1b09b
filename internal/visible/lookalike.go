package visible

// This part of the package finds names and words that look like others.

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// lookalikes are letters and digits that look like another in most fonts: Unicode Technical
// Standard 39, confusables, as far as names of tools need it.
var lookalikes = func() map[rune]rune {
	m := pairs("аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsһhԁdԛqԝwӏl" + "αaβbεeιiκkνvοoρpτtυuχxγy" + "0o1l5s|l!l" + "ıiɡgɑaոnսuօoհh" + "ᴏoᴄcᴜuᴠvᴡwᴢzꜱsɩiʋv")
	m['i'] = 'l' // a capital I
	return m
}()

// capitals are those that look like another letter than their small form does.
var capitals = pairs("ΗhΜmΝnΥyΖzЗ3")

// joined replaces letters that look like one, and one that capitals write as two.
var joined = strings.NewReplacer("rn", "m", "ß", "ss")

// pairs returns a map of each letter at an even place to the one that follows it.
func pairs(text string) map[rune]rune {
	m := map[rune]rune{}
	r := []rune(text)
	for i := 0; i+1 < len(r); i += 2 {
		m[r[i]] = r[i+1]
	}
	return m
}

// Skeleton maps names that look alike to one text. Case, accents, the separators _ - . and space,
// and invisible characters make no difference.
func Skeleton(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if unicode.Is(unicode.Mn, r) || strings.ContainsRune("_-. ", r) || !Shown(r) {
			continue
		}
		if to, ok := capitals[r]; ok {
			r = to
		}
		r = unicode.ToLower(r)
		for range 2 { // a Cyrillic і is an i, which is an l
			if to, ok := lookalikes[r]; ok {
				r = to
			}
		}
		b.WriteRune(r)
	}
	return joined.Replace(b.String())
}
