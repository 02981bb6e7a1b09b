package naming

import (
	"strings"
	"unicode"

	"github.com/spectap/spectap/infer/noun"
)

// Vocabulary is the spelling of words in prose: "ID" for "id", and "PostgreSQL" if a name of the
// API is written so. The zero value knows the acronyms of the web only.
type Vocabulary struct {
	spelled map[string]string // observed, by the word in lower case
	joined  map[string]bool   // words that a change of case divides, though they are one: "postgresql"
}

// acronyms lists common acronyms that isAcronym does not recognize by their letters.
var acronyms = func() map[string]string {
	m := map[string]string{}
	for w := range strings.FieldsSeq(`
		ACL AI API APIs CI CIDR CLI CORS CPU CRUD DAO DOI EAN ETL EU FAQ FIDO GIS GPU GUID HMAC IAM IBAN ICE
		ID IDE IDs IMAP IMEI IO IOC IoT IP IPs IPv4 IPv6 IRI ISBN ISO JWT JWKS KPI LAN LDAP MAC MFA OAuth OAuth2
		OCR OIDC OpenAPI OpenID OTP PII POP3 UID RAID RAM RBAC REST RPC RSA SAML SCIM SEO SIM SKU SLA SLI SLO SOAP
		SQL SSO TOTP UDP UI UPC URI URL URLs URN USB UTC UUID VAT VIN VLAN VM VMs VPN PR PRs WAF WebAuthn WebSocket YAML
		GraphQL JSON AWS ARN NAT IdP OCI SEPA BIC ACH EIN UTM CAA SOA ASN QR BOM SBOM
		OTA KYC KYB AML UV UVI EV ETA AQI RFID GPIO IMU BLE IVR USSD EMV EHR EMR FHIR ISP OEM EOL UAV ATM OS ERP`) {
		m[strings.ToLower(w)] = w
	}
	return m
}()

// maxAcronym is the length of the longest word without a vowel that is written in capitals.
const maxAcronym = 5

// abbreviations holds words without a vowel that are short for a word, and no acronyms.
var abbreviations = map[string]bool{"pkg": true, "src": true, "dst": true, "cfg": true, "ctx": true, "msg": true,
	"tmp": true, "std": true, "btn": true, "img": true, "hrs": true, "hr": true, "mgr": true, "svc": true, "nth": true,
	"cmd": true, "prt": true, "prs": true, "pr": true, "mr": true, "vs": true, "mgmt": true, "grp": true, "nr": true,
	"mins": true, "secs": true, "qty": true, "cert": true, "st": true, "th": true, "nd": true, "rd": true, "str": true,
	"px": true, "kg": true, "km": true, "cm": true, "mm": true, "ms": true, "ext": true, "lvl": true,
	"pct": true, "tx": true, "txn": true, "rx": true, "trx": true, "psql": true, "npm": true, "hmm": true, "gz": true, "tgz": true, "tar": true,
	"txt": true, "md": true, "js": true, "ts": true}

// NewVocabulary learns from the names of an API: literals of paths, names of properties and of
// components. They are identifiers, never captured values.
func NewVocabulary(names []string) *Vocabulary {
	v := &Vocabulary{spelled: map[string]string{}, joined: map[string]bool{}}
	words := map[string]bool{}    // in lower case
	apart := map[string]int{}     // by word, names that have it
	before := map[string]int{}    // by joined pair, names that have it
	head := map[string]string{}   // from a joined pair to its first word
	asSeen := map[string]string{} // the pair as it is written
	for _, name := range names {
		split := noun.Split(name)
		isMixed := strings.ToUpper(name) != name
		for i, w := range split {
			l := strings.ToLower(w)
			words[l] = true
			apart[l]++
			if isMixed && len(w) > 1 && len(split) > 1 && w == strings.ToUpper(w) && !hasDigit(w) {
				v.spelled[l] = w
			}
			if i == 0 || !isAllUpper(w) {
				continue
			}
			if k := strings.ToLower(split[i-1] + w); isDatabase(split[i-1], w) && strings.Contains(name, split[i-1]+w) {
				v.spelled[k], v.joined[k] = capitalize(split[i-1])+w, true
			}
			if !isCapitalized(split[i-1]) {
				continue
			}
			if pair := split[i-1] + w; strings.Contains(name, pair) {
				k := strings.ToLower(pair)
				before[k]++
				head[k], asSeen[k] = strings.ToLower(split[i-1]), pair
			}
		}
	}
	for k, n := range before {
		if words[k] && apart[head[k]] == n { // "postgresql" is a word, but "postgre" is not
			v.spelled[k], v.joined[k] = asSeen[k], true
		}
	}
	return v
}

// Words returns the words of an identifier in lower case, as [noun.Words], with those joined that
// are one word.
func (v *Vocabulary) Words(s string) []string {
	words := noun.Words(s)
	if v == nil || len(v.joined) == 0 {
		return words
	}
	out := words[:0]
	for _, w := range words {
		if n := len(out); n > 0 && v.joined[out[n-1]+w] {
			out[n-1] += w
			continue
		}
		out = append(out, w)
	}
	return out
}

// text writes words in lower case as prose.
func (v *Vocabulary) text(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = v.spell(w)
	}
	return strings.Join(out, " ")
}

// spell writes a word in lower case as prose.
func (v *Vocabulary) spell(word string) string {
	if v != nil && v.spelled[word] != "" {
		return v.spelled[word]
	}
	if s := acronyms[word]; s != "" {
		return s
	}
	if one, ok := strings.CutSuffix(word, "s"); ok && len(one) > 1 {
		if s := acronyms[one]; s != "" || v != nil && v.spelled[one] != "" {
			return v.spell(one) + "s"
		}
	}
	if one, ok := strings.CutSuffix(word, "s"); ok && len(one) > 2 && isAcronym(one) && !isSecured(word) {
		return strings.ToUpper(one) + "s"
	}
	if name, ok := strings.CutSuffix(word, "sql"); ok && len(name) > 1 {
		return capitalize(name) + "SQL"
	}
	if isAcronym(word) || len(word) == 1 { // a letter alone is a name: the A records of DNS
		return strings.ToUpper(word)
	}
	return word
}

// isSecured reports whether an acronym that ends in s is that of a protocol over TLS, and no
// plural.
var isSecured = oneOf(`https ftps ldaps smtps rtmps mqtts coaps`)

// isAcronym reports whether a short word in lower case has no vowel, so that nobody can say it as
// one: "pdf", "dns".
func isAcronym(word string) bool {
	if len(word) < 2 || len(word) > maxAcronym || abbreviations[word] {
		return false
	}
	same := true
	for i := 0; i < len(word); i++ {
		if word[i] < 'a' || word[i] > 'z' || strings.IndexByte("aeiouy", word[i]) >= 0 {
			return false
		}
		same = same && word[i] == word[0]
	}
	return !same
}

// isDatabase reports whether two words are one name of a product, as in postgreSQL and mariaDB: no
// English word before the acronym.
func isDatabase(word, acronym string) bool {
	return (acronym == "SQL" || acronym == "DB" || acronym == "QL") && len(word) > 2 && !noun.IsEnglish(strings.ToLower(word))
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// isAllUpper reports whether a word has two to four letters, all in upper case.
func isAllUpper(w string) bool {
	return len(w) >= 2 && len(w) <= 4 && strings.IndexFunc(w, func(r rune) bool { return !unicode.IsUpper(r) }) < 0
}

// isCapitalized reports whether a word has one upper-case letter and lower-case letters after it.
func isCapitalized(w string) bool {
	return len(w) > 1 && unicode.IsUpper(rune(w[0])) && w[1:] == strings.ToLower(w[1:])
}
