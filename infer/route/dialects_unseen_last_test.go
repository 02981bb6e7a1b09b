package route

import (
	"fmt"
	"strings"
)

// genomesDialect has species, symbols, regions and notations of variants.
func genomesDialect(a *api) {
	species := []string{"human", "mouse", "homo_sapiens", "danio_rerio"}
	for range 90 {
		s := pick(a, species...)
		symbol := strings.ToUpper(a.word(2))[:4] + pick(a, "", "1", "2")
		gene := fmt.Sprintf("ENSG%011d", a.r.IntN(1000000))
		region := fmt.Sprintf("%s:%d-%d", pick(a, "X", "7", "1", "chr2"), 1000000+a.r.IntN(99999), 1200000+a.r.IntN(99999))
		body := object{"id", gene, "species", "x", "display_name", symbol, "start", "7", "end", "9"}
		switch a.r.IntN(8) {
		case 0:
			a.call("GET", "/lookup/id/{id}", "/lookup/id/"+gene, 200, body)
		case 1:
			a.call("GET", "/lookup/symbol/{species}/{symbol}", "/lookup/symbol/"+s+"/"+symbol, 200, body)
		case 2:
			a.call("GET", "/sequence/id/{id}", "/sequence/id/"+gene, 200, object{"id", gene, "seq", "ACGT", "molecule", "dna"})
		case 3:
			a.call("GET", "/sequence/region/{species}/{region}", "/sequence/region/"+s+"/"+region, 200,
				object{"id", "chromosome", "seq", "ACGT", "molecule", "dna"})
		case 4:
			a.call("GET", "/overlap/region/{species}/{region}", "/overlap/region/"+s+"/"+region, 200, []object{{"gene_id", gene, "strand", "1"}})
		case 5:
			v := fmt.Sprintf("ENST%011d:c.%dC>T", a.r.IntN(1000000), 1+a.r.IntN(3000))
			a.call("GET", "/vep/{species}/hgvs/{notation}", "/vep/"+s+"/hgvs/"+v, 200, []object{{"input", v, "most_severe_consequence", "x"}})
		case 6:
			a.call("GET", "/homology/symbol/{species}/{symbol}", "/homology/symbol/"+s+"/"+symbol, 200,
				object{"data", []object{{"id", gene, "homologies", "x"}}})
		case 7:
			a.call("GET", "/info/assembly/{species}", "/info/assembly/"+s, 200, object{"assembly_name", "x", "karyotype", "y"})
		}
	}
	for _, w := range []string{"info/species", "info/ping", "info/rest", "archive/id", "vep/human/id"} {
		t := strings.ReplaceAll(w, "human", "{species}")
		a.call(pick(a, "GET", "POST"), "/"+t, "/"+w, 200, object{"ping", "1", w, "x"})
	}
}

// statisticsDialect has flows of data with dotted keys, and structures by agency, name and version.
func statisticsDialect(a *api) {
	flows := []string{"EXR", "BSI", "ICP", "MIR", strings.ToUpper(a.word(2))}
	for range 80 {
		f := pick(a, flows...)
		key := fmt.Sprintf("%s.%s.%s.SP00.A", pick(a, "D", "M", "A"), pick(a, "USD", "JPY", "CHF", "GBP", ""), pick(a, "EUR", "XDC"))
		kind := pick(a, "datastructure", "dataflow", "codelist")
		agency, id := pick(a, "ECB", "SDMX", "IMF"), pick(a, "ECB_EXR1", "CL_FREQ", "CL_AREA", strings.ToUpper(a.word(2))+"1")
		switch a.r.IntN(6) {
		case 0, 1, 2:
			a.call("GET", "/service/data/{flow}/{key}", "/service/data/"+f+"/"+key, 200,
				object{"header", object{"id", a.id(styleUUID)}, "dataSets", "x", "structure", "y"})
		case 3:
			a.call("GET", "/service/data/{flow}", "/service/data/"+f, 200,
				object{"header", object{"id", a.id(styleUUID)}, "dataSets", "x", "structure", "y"})
		case 4:
			a.call("GET", "/service/"+kind+"/{agency}/{id}", "/service/"+kind+"/"+agency+"/"+id, 200,
				object{"meta", "x", "data", object{kind, []object{{"id", id, "agencyID", agency}}}})
		case 5:
			a.call("GET", "/service/"+kind+"/{agency}/{id}/{version}", "/service/"+kind+"/"+agency+"/"+id+"/"+pick(a, "1.0", "2.0", "latest"), 200,
				object{"meta", "x", "data", object{kind, []object{{"id", id, "agencyID", agency, "version", "1.0"}}}})
		}
	}
}

// paymentsDialect has prefixed identifiers, currencies, account numbers, and objects where clients
// asked for them instead of identifiers.
func paymentsDialect(a *api) {
	id := func(prefix string) string { return prefix + "_" + a.base62(14) }
	customer := func(c string) any {
		if a.chance(.3) {
			return object{"id", c, "email", "x", "name", a.name()}
		}
		return c
	}
	iban := func() string { return fmt.Sprintf("DE%020d", a.r.Int64N(1e18)) }
	for range 110 {
		c, p := id("cus"), id("pay")
		pay := object{"id", p, "object", "payment", "amount", "700", "currency", "eur", "customer", customer(c)}
		switch a.r.IntN(11) {
		case 0:
			a.call("GET", "/v1/payments", "/v1/payments", 200, object{"object", "list", "data", []object{pay}})
		case 1, 2:
			a.call(pick(a, "GET", "POST"), "/v1/payments/{payment}", "/v1/payments/"+p, 200, pay)
		case 3:
			verb := pick(a, "capture", "cancel", "confirm")
			a.call("POST", "/v1/payments/{payment}/"+verb, "/v1/payments/"+p+"/"+verb, 200, pay)
		case 4:
			r := id("re")
			a.call("GET", "/v1/payments/{payment}/refunds/{refund}", "/v1/payments/"+p+"/refunds/"+r, 200,
				object{"id", r, "object", "refund", "payment", p})
		case 5:
			a.call("GET", "/v1/customers/{customer}", "/v1/customers/"+c, 200, object{"id", c, "object", "customer", "email", "x"})
		case 6:
			from, to := pick(a, "EUR", "GBP", "SEK"), pick(a, "USD", "JPY", "CHF")
			a.call("GET", "/v1/rates/{from}/{to}", "/v1/rates/"+from+"/"+to, 200, object{"object", "rate", "from", from, "to", to, "rate", "1.1"})
		case 7:
			x := iban()
			a.call(pick(a, "GET", "DELETE"), "/v1/payout_accounts/{iban}", "/v1/payout_accounts/"+x, 200,
				object{"object", "payout_account", "iban", x, "bic", "y"})
		case 8:
			at := pick(a, "de", "fr", "nl", "at")
			a.call("GET", "/v1/countries/{country}/payment_methods", "/v1/countries/"+at+"/payment_methods", 200,
				object{"object", "list", "data", []object{{"type", "card"}}})
		case 9:
			method := pick(a, "ideal", "sepa_debit", "card", "klarna", "paypal")
			a.call("GET", "/v1/payment_methods/{type}/config", "/v1/payment_methods/"+method+"/config", 200,
				object{"object", "config", "type", method, "fees", "x"})
		case 10:
			w := pick(a, "balance", "balance/history", "account", "payments/search")
			a.call("GET", "/v1/"+w, "/v1/"+w, 200, object{"object", w, "available", "x", "livemode", "false"})
		}
	}
}

// drivesDialect addresses files by identifier, and by their path between two colons.
func drivesDialect(a *api) {
	id := func() string { return strings.ToUpper(a.base62(12)) + "!" + a.id(styleSmall) }
	dirs := a.folders()
	for range 80 {
		d, x := a.id(styleUUID), id()
		file := object{"id", x, "name", a.word(2) + ".docx", "size", "7", "parentReference", object{"driveId", d, "path", "/drive/root:"}}
		f := strings.TrimSuffix(pick(a, dirs...), "/")
		if f == "" {
			f = a.word(2)
		}
		switch a.r.IntN(7) {
		case 0:
			a.call(pick(a, "GET", "PATCH", "DELETE"), "/v1.0/drives/{drive}/items/{item}", "/v1.0/drives/"+d+"/items/"+x, 200, file)
		case 1:
			a.call("GET", "/v1.0/drives/{drive}/items/{item}/children", "/v1.0/drives/"+d+"/items/"+x+"/children", 200,
				object{"value", []object{file}})
		case 2:
			a.call("GET", "/v1.0/me/drive/items/{item}/content", "/v1.0/me/drive/items/"+x+"/content", 302, nil)
		case 3:
			a.call("GET", "/v1.0/me/drive/root/children", "/v1.0/me/drive/root/children", 200, object{"value", []object{file}})
		case 4:
			f = f[strings.LastIndex(f, "/")+1:]
			a.call("GET", "/v1.0/me/drive/root:/{name}:/children", "/v1.0/me/drive/root:/"+f+":/children", 200, object{"value", []object{file}})
		case 5:
			f = f[strings.LastIndex(f, "/")+1:] + ".docx"
			a.call(pick(a, "PUT", "GET"), "/v1.0/me/drive/root:/{name}:/content", "/v1.0/me/drive/root:/"+f+":/content", 201, file)
		case 6:
			name := pick(a, "documents", "photos", "music", "approot")
			a.call("GET", "/v1.0/me/drive/special/{name}", "/v1.0/me/drive/special/"+name, 200,
				object{"id", x, "name", name, "specialFolder", object{"name", name}})
		}
	}
	a.call("GET", "/v1.0/me/drive", "/v1.0/me/drive", 200, object{"id", a.id(styleUUID), "driveType", "personal"})
	a.call("GET", "/v1.0/me", "/v1.0/me", 200, object{"id", a.id(styleUUID), "mail", "x"})
}

// libraryDialect has ISBN, DOI and ORCID, volumes, issues and pages.
func libraryDialect(a *api) {
	for range 80 {
		doi := fmt.Sprintf("10.%d/%s.%d", 1000+a.r.IntN(8000), a.word(2), a.r.IntN(99999))
		encoded := strings.ReplaceAll(doi, "/", "%2F")
		orcid := fmt.Sprintf("%04d-%04d-%04d-%03dX", a.r.IntN(10000), a.r.IntN(10000), a.r.IntN(10000), a.r.IntN(1000))
		isbn := fmt.Sprintf("978-3-%d-%d-%d", 10000+a.r.IntN(80000), 100+a.r.IntN(800), a.r.IntN(10))
		work := object{"DOI", doi, "title", "x", "author", []object{{"ORCID", orcid, "family", "y"}}}
		journal := pick(a, "nature", "plos-one", "cell", a.word(3))
		vol, issue := 1+a.r.IntN(60), 1+a.r.IntN(12)
		switch a.r.IntN(8) {
		case 0, 1:
			a.call("GET", "/works/{doi}", "/works/"+encoded, 200, object{"status", "ok", "message", work})
		case 2:
			a.call("GET", "/works/{doi}/references", "/works/"+encoded+"/references", 200, object{"status", "ok", "message", []object{{"key", "1"}}})
		case 3:
			a.call("GET", "/people/{orcid}/works", "/people/"+orcid+"/works", 200, object{"status", "ok", "message", []object{work}})
		case 4:
			a.call("GET", "/books/isbn/{isbn}", "/books/isbn/"+isbn, 200, object{"isbn", isbn, "title", "x", "pages", "7"})
		case 5:
			a.call("GET", "/journals/{journal}/volumes/{volume}/issues/{issue}", fmt.Sprintf("/journals/%s/volumes/%d/issues/%d", journal, vol, issue), 200,
				object{"journal", journal, "volume", fmt.Sprint(vol), "issue", fmt.Sprint(issue), "articles", "x"})
		case 6:
			a.call("GET", "/journals/{journal}", "/journals/"+journal, 200, object{"slug", journal, "issn", "x", "title", "y"})
		case 7:
			subject := pick(a, "physics", "history", "love", "computer_science", a.word(2))
			a.call("GET", "/subjects/{subject}.json", "/subjects/"+subject+".json", 200, object{"name", "x", "work_count", "7", "works", "y"})
		}
	}
	for _, w := range []string{"works", "journals", "types", "licenses", "search.json"} {
		a.call("GET", "/"+w, "/"+w, 200, object{"status", "ok", "message", []object{{"id", a.id(styleInt)}}})
	}
}
