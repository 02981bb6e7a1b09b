package route

import "fmt"

// chainsDialect has chains of blocks first, before a version, with the same routes below each.
func chainsDialect(a *api) {
	s := newService(a, map[string]string{"block": "height=$height size=int weight=int", "tx": "txid=$txid fee=int size=int",
		"address": "balance=int received=int transactions=int", "token": "contract=$contract symbol=AAA|BBB decimals=int", "state": "peers=int blocks=int"})
	s.have("chain", 3, "bitcoin litecoin dogecoin polygon")
	s.make("height", 9, s.int(1000, 900000))
	s.make("txid", 9, func() string { return a.hex(64) })
	s.make("address", 9, func() string { return a.hex(40) })
	s.make("contract", 5, func() string { return a.hex(40) })
	s.run(260, `GET /{chain}/v2/state state
GET /{chain}/v2/block/{height} block
GET /{chain}/v2/block-index/{height} block
GET /{chain}/v2/tx/{txid} tx
GET /{chain}/v2/tx-specific/{txid} tx
GET /{chain}/v2/mempool tx[]
GET /{chain}/v2/address/{address} address
GET /{chain}/v2/utxo/{address} tx[]
GET /{chain}/v2/balance/{address} address
GET /{chain}/v2/rawblock/{height} block
POST /{chain}/v2/send tx
GET /{chain}/v2/token/{contract} token
GET /{chain}/v2/tickers token[]`)
}

// portfolioDialect has procedures that are only posted to, below plural nouns.
func portfolioDialect(a *api) {
	s := newService(a, map[string]string{"matrix": "assets=int matrix=num", "value": "assets=int result=num", "weights": "weights=num risk=num"})
	s.run(150, `POST /v1/assets/correlation/matrix matrix
POST /v1/assets/correlation/matrix/bounds matrix
POST /v1/assets/covariance/matrix matrix
POST /v1/assets/covariance/matrix/bounds matrix
POST /v1/assets/kurtosis value
POST /v1/assets/skewness value
POST /v1/assets/returns value
POST /v1/portfolios/analysis/drawdowns value
POST /v1/portfolios/analysis/tracking-error value
POST /v1/portfolios/optimization/minimum-variance weights
POST /v1/portfolios/optimization/maximum-sharpe weights
POST /v1/factors/residualization value`)
}

// sportsDialect has formats, functions in Pascal case and keys of several kinds.
func sportsDialect(a *api) {
	s := newService(a, map[string]string{"game": "GameId=$game Season=$season Status=Final|Scheduled", "team": "TeamId=$team Key=$code Name=words",
		"player": "PlayerId=$player FirstName=person Position=int", "standing": "Wins=int Losses=int Ties=int"})
	s.have("season", 3, "2021 2022 2023 2024")
	s.make("game", 6, s.int(10000, 80000))
	s.make("team", 5, s.int(1, 40))
	s.make("player", 6, s.int(90000001, 900))
	s.have("code", 5, "ATL BOS CHI DAL MIA NYC")
	s.have("competition", 4, "EPL UCL MLS ESP")
	s.have("day", 4, "2023-10-01 2023-10-02 2023-11-15 2023-12-24")
	s.run(160, `GET /v4/soccer/scores/json/GamesByDate/{competition}/{day} game[]
GET /v4/soccer/scores/json/Schedule/{competition}/{season} game[]
GET /v4/soccer/scores/json/Standings/{competition}/{season} standing[]
GET /v4/soccer/scores/json/Teams/{competition} team[]
GET /v4/soccer/scores/json/Areas team[]
GET /v4/soccer/scores/json/ActiveMemberships/{competition} player[]
GET /v4/soccer/scores/json/Player/{competition}/{player} player
GET /v4/soccer/scores/json/PlayersByTeam/{competition}/{team} player[]
GET /v4/soccer/stats/json/BoxScore/{competition}/{game} game`)
}

// openDataDialect has datasets of a government by short codes, and places by coordinates.
func openDataDialect(a *api) {
	s := newService(a, map[string]string{"dataset": "id=$dataset name=words rows=int updated=time", "row": "period=day value=num unit=kWh|EUR",
		"station": "code=$station municipality=words altitude=int", "forecast": "temperature=num wind=num issued=time"})
	s.make("dataset", 5, func() string { return a.hex(4) + "-" + a.hex(4) })
	s.have("station", 5, "10384 10147 10865 10513 10729")
	s.have("lat", 4, "52.52 48.14 -33.87 40.71 -1.29")
	s.have("lon", 4, "13.40 11.58 151.21 -74.01 -58.38 36.82")
	s.have("year", 3, "2019 2020 2021 2022")
	s.run(140, `GET /api/catalog/datasets dataset[]
GET /api/catalog/datasets/findbytheme dataset[]
GET /api/catalog/datasets/getrecent dataset[]
GET /api/catalog/datasets/{dataset} dataset
GET /api/catalog/datasets/{dataset}/rows/$count row
GET /api/catalog/datasets/{dataset}/rows row[]
GET /api/weather/stations station[]
GET /api/weather/stations/{station} station
GET /api/weather/stations/{station}/yearly/{year} row[]
GET /api/weather/point/{lat}/{lon} forecast
GET /api/weather/point/{lat}/{lon}/hourly forecast[]`)
}

// identityDialect has actions of accounts beside accounts, and checks of documents that are yet to
// be made.
func identityDialect(a *api) {
	s := newService(a, map[string]string{"user": "id=$user email=mail created=time", "session": "token=hex expires=time", "document": "id=$document type=passport|licence country=DE|FR",
		"result": "score=num outcome=pass|fail"})
	s.make("user", 6, s.uuid)
	s.make("document", 6, s.uuid)
	s.run(150, `GET,POST /v2/users user[]
GET,PATCH,DELETE /v2/users/{user} user
POST /v2/users/login session
POST /v2/users/2fa-login session
POST /v2/users/forgot-password session
GET,POST /v2/documents document[]
GET /v2/documents/{document} document
POST /v2/documents/{document}/scan result
POST /v2/documents/{document}/verify result
POST /v2/documents/{document}/compare result
POST /v2/documents/new/scan result
POST /v2/documents/new/verify result
POST /v2/documents/new/compare result
GET /v2/token/activity result`)
}

// marketingDialect has outside keys after identifiers, and constants beside actions.
func marketingDialect(a *api) {
	s := newService(a, map[string]string{"event": "objectId=$event title=words start=time", "subscriber": "vid=int properties=text", "state": "code=$region members=int"})
	s.make("event", 6, s.int(100000, 800000))
	s.have("region", 3, "CA NY WA TX")
	s.run(120, `GET,POST /marketing/v3/events event[]
GET,PATCH,DELETE /marketing/v3/events/{event} event
POST /marketing/v3/events/{event}/complete event
POST /marketing/v3/events/{event}/cancel event
POST /marketing/v3/events/{event}/{region}/upsert subscriber
POST /marketing/v3/events/{event}/{region}/email-upsert subscriber
GET /marketing/v3/events/{event}/participations subscriber[]`)
}

// agentsDialect has machines and their jobs by numbered names, which no answer holds.
func agentsDialect(a *api) {
	s := newService(a, map[string]string{"state": "online=bool load=num queued=int", "job": "state=running|done progress=int", "line": "text=text at=time"})
	n := 0
	s.make("machine", 6, func() string { n++; return pick(a, "web", "api", "data", "mobile") + fmt.Sprintf("-%d", n*3) })
	s.make("job", 8, s.int(1000, 9000))
	s.run(130, `GET /fleet/machine/{machine} state
GET /fleet/machine/{machine}/load state
POST /fleet/drain/{machine} state
GET /fleet/overview state
GET /fleet/queue job[]
GET,DELETE /fleet/job/{job} job
GET /fleet/job/{job}/log line[]`)
}

// ratesDialect has views of collections that are called like common routes, with one segment below
// each.
func ratesDialect(a *api) {
	s := newService(a, map[string]string{"rate": "rate=num day=day", "code": "code=EUR|USD name=words"})
	s.run(90, `GET /api/v1/Currencies/history rate[]
GET /api/v1/Currencies/history/supported code[]
GET /api/v1/Currencies/rate rate[]
GET /api/v1/Currencies/rate/supported code[]
GET /api/v1/Currencies/summary rate[]
GET /api/v1/Currencies/summary/supported code[]
GET /api/v1/Metals/spot rate[]
GET /api/v1/Metals/spot/supported code[]`)
}
