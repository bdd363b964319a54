"""Writes sigv4-vectors.json: requests signed by botocore, with which SigV4Tests compares its signatures.

Requires botocore (the file in the repository was created with 1.43.11):
    python3 make-sigv4-vectors.py > sigv4-vectors.json
"""

import datetime
import json
from unittest import mock

import botocore
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AT = datetime.datetime(2015, 8, 30, 12, 36, 0, tzinfo=datetime.timezone.utc)
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGd"
FORM = "application/x-www-form-urlencoded; charset=utf-8"

CASES = [
    # name, method, path, query, headers, body, session token
    ("get-vanilla", "GET", "/", "", {}, "", None),
    ("post-vanilla", "POST", "/", "", {}, "", None),
    ("get-query", "GET", "/", "Param1=value1&Param2=value2", {}, "", None),
    ("get-query-order-key", "GET", "/", "b=2&a=1&A=0", {}, "", None),
    ("get-query-order-value", "GET", "/", "a=z&a=b&a=B", {}, "", None),
    ("get-query-empty-value", "GET", "/", "a=&b=1", {}, "", None),
    ("get-query-encoded", "GET", "/", "a%20b=c%2Fd&x=%C3%A9", {}, "", None),
    ("get-query-unreserved", "GET", "/", "-._~0123=ABCxyz", {}, "", None),
    ("get-path", "GET", "/one/two.three", "", {}, "", None),
    ("get-path-space", "GET", "/a%20b/", "", {}, "", None),
    ("get-path-utf8", "GET", "/%E1%88%B4", "", {}, "", None),
    ("get-path-dots", "GET", "/a/./b/../c", "", {}, "", None),
    ("get-path-slashes", "GET", "//a///b//", "", {}, "", None),
    ("get-path-parent", "GET", "/a/b/..", "", {}, "", None),
    ("get-path-root-parent", "GET", "/../", "", {}, "", None),
    ("get-header-trim", "GET", "/", "", {"My-Header1": "  value1 ", "My-Header2": "a   b   c"}, "", None),
    ("get-header-sort", "GET", "/", "", {"Zebra": "1", "alpha": "2", "My-Header": "3"}, "", None),
    ("post-form", "POST", "/", "", {"Content-Type": FORM}, "Action=GetCallerIdentity&Version=2011-06-15", None),
    ("post-form-token", "POST", "/", "", {"Content-Type": FORM}, "Action=GetCallerIdentity&Version=2011-06-15", TOKEN),
    ("post-utf8-body", "POST", "/", "", {"Content-Type": FORM}, "Description=%C3%A9t%C3%A9&x=\u00e9", None),
    ("delete-token", "DELETE", "/v1/things/1", "force=true", {}, "", TOKEN),
]


def sign(region, service, method, path, query, headers, body, token):
    url = f"https://example.amazonaws.com{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, headers=headers, data=body.encode())
    auth = botocore.auth.SigV4Auth(Credentials(KEY, SECRET, token), service, region)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: AT):
        auth.add_auth(request)
    return request.headers["Authorization"], request.headers["X-Amz-Date"]


vectors = []
for name, method, path, query, headers, body, token in CASES:
    for region, service in [("us-east-1", "service")] + ([("eu-west-1", "sts")] if name.startswith("post") else []):
        authorization, date = sign(region, service, method, path, query, headers, body, token)
        assert date == "20150830T123600Z", date
        vectors.append({
            "name": f"{name} {service}", "method": method, "path": path, "query": query,
            "headers": headers, "body": body, "token": token, "region": region, "service": service,
            "authorization": authorization,
        })
print(json.dumps({"madeWith": f"botocore {botocore.__version__}", "accessKeyId": KEY, "secretAccessKey": SECRET,
                  "vectors": vectors}, indent=1))
