#!/bin/sh
# Writes a day of a web shop's access log: some 20,000 lines that follow from $seed alone. The numbers come from a
# generator written out here (Lehmer's), so that they are the same in every version of awk.
set -eu
mkdir -p /srv/logs
awk -v seed="${seed:?}" '
function draw() { x = (x * 16807) % 2147483647; return x / 2147483647 }
function address(k) { return net[(k + turn) % 3] (int(k / 3) * 89 + shift) % 254 + 1 }
BEGIN {
    x = seed
    for (i = 0; i < 10; i++) draw()
    net[0] = "192.0.2."; net[1] = "198.51.100."; net[2] = "203.0.113."
    turn = int(draw() * 3); shift = int(draw() * 254)
    pages = split("/ /products /products/12 /products/48 /products/77 /products/download-guide /cart /checkout " \
        "/login /account /search /blog /blog/spring-sale /blog/download/tips /contact /about /terms /returns " \
        "/download/catalogue.zip /download/price-list.zip /download/manual.zip /images/logo.png /style.css " \
        "/app.js /favicon.ico /newsletter /api/stock /api/prices /sitemap.xml /robots.txt", page, " ")
    first = int(draw() * pages)
    agents = split("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.6099.71 Safari/537.36|" \
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/119.0.6045.105 Edg/119.0.2151.58|" \
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148|" \
        "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0|curl/8.5.0", agent, "|")
    origins = split("-|-|-|https://shop.example/|https://shop.example/download/|https://search.example/?q=lamps",
        referrer, "|")
    for (i = 0; i < agents * origins; i++)
        tail[i] = "\"" referrer[int(i / agents) + 1] "\" \"" agent[i % agents + 1] "\""
    # For five minutes the shop is down; in the third, everybody tries again and again.
    outage = 28800 + 60 * int(draw() * 700)
    day = 1 + int(draw() * 28)
    for (i = 0; i < 20000; i++) {
        peak = (t >= outage + 120 && t < outage + 180)
        t += peak ? int(draw() * 2) : int(draw() * 9.4)
        who = draw()
        few = int((who - 0.01) * 4000)
        method = "GET"
        if (who < 0.01) {
            client = address(240 + int(draw() * 4)); path = "/wp-login.php"; status = 404
        } else if (who < 0.0115 && asked[few] < 12) {
            asked[few]++
            client = address(250 + few); path = "/wp-login.php"; status = 404
        } else {
            u = draw(); client = address(int(u * u * 240))
            u = draw(); path = page[(int(u * u * pages) + first) % pages + 1]
            if (path == "/login") method = "POST"
            if (who > 0.7) path = path "?utm=" int(who * 900)
            u = draw()
            status = u < 0.85 ? 200 : u < 0.93 ? 304 : u < 0.95 ? 301 : u < 0.988 ? 404 : \
                u < 0.993 ? 500 : u < 0.997 ? 502 : 503
            if (t >= outage && t < outage + 300 && draw() < (peak ? 0.8 : 0.4)) status = 503
        }
        size = status == 304 ? 0 : status == 301 ? 178 : status == 404 ? 553 : status >= 500 ? 197 : \
            index(path, "/download/") == 1 ? 30000 + int(draw() * 60000) : 400 + int(draw() * 9000)
        printf "%s - - [%02d/Mar/2025:%02d:%02d:%02d +0000] \"%s %s HTTP/1.1\" %d %d %s\n", client, day,
            int(t / 3600), int(t / 60) % 60, t % 60, method, path, status, size,
            tail[int(draw() * agents * origins)]
    }
}' >/srv/logs/access.log
chmod 644 /srv/logs/access.log
