// parquet.mjs SQL QUERY: runs a documented COPY with DuckDB's npm package, then the query; prints its rows as JSON lines.
import { skip, take } from './browser.mjs';

const duckdb = take('@duckdb/node-api');
if (!duckdb) skip('no @duckdb/node-api: npm install --prefix tests/browser');
const instance = await duckdb.DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(process.argv[2]);
const reader = await connection.runAndReadAll(process.argv[3]);
for (const row of reader.getRowsJson()) console.log(JSON.stringify(row));
